/**
 * Which paths are ours: a table, and how a request finds its row. `/pc/<group>/<agent>/v1/…` are the same rows for
 * clients that cannot send headers.
 */

import type { CallDefaults } from "../config/gateway-options.ts";
import { type GatewayOptions, gatewayDefaults } from "../config/gateway-options.ts";
import type { Wire } from "../wires/wire.ts";
import type { RouteHandler } from "./exchange.ts";
import { type ForwardedPath, forwardedPaths, storedCompletions } from "./forwarded-paths.ts";
import { cancelBatch, createBatch, listBatches, retrieveBatch } from "./routes/batches.ts";
import { chatCompletions } from "./routes/chat-completions.ts";
import { compile } from "./routes/compile.ts";
import { completions } from "./routes/completions.ts";
import { contextCompletion } from "./routes/context-completion.ts";
import { exportContexts, importContexts } from "./routes/context-lines.ts";
import {
  addContext,
  deleteContext,
  forgetContexts,
  getContext,
  listContexts,
  listLearned,
  searchContexts,
} from "./routes/contexts.ts";
import { embeddings } from "./routes/embeddings.ts";
import { createFile, deleteFile, fileContent, listFiles, retrieveFile } from "./routes/files.ts";
import { forward } from "./routes/forward.ts";
import { createGrant, listAudit, listGrants, revokeGrant } from "./routes/grants.ts";
import { healthz } from "./routes/healthz.ts";
import { countTokens, messages } from "./routes/messages.ts";
import { listModels, retrieveModel } from "./routes/models.ts";
import { documentation } from "./routes/openapi.ts";
import { root, unknownUrl, wrongMethod } from "./routes/refuse.ts";
import {
  cancelResponse,
  compactResponse,
  countInputTokens,
  createResponse,
  deleteResponse,
  listInputItems,
  retrieveResponse,
} from "./routes/responses.ts";
import { listAgents, listGroups, listStats } from "./routes/stats.ts";

interface Row {
  readonly method: "GET" | "POST" | "DELETE";
  /** `{id}` stands for one segment, a `*` at the end for one character or more; a path has one of them at most. */
  readonly path: string;
  readonly handle: RouteHandler;
  /** What a POST brings. @defaultValue JSON */
  readonly takes?: PostBody | undefined;
  /** Whose words failures are told in. @defaultValue the client's */
  readonly wire?: Wire | undefined;
}

/** What a POST brings that is not JSON: a form with a file, lines of JSON, or nothing at all. */
export type PostBody = "form" | "lines" | "nothing";

/** The routes that we answer ourselves, wherever we are mounted. */
export const callRows: readonly Row[] = [
  { method: "POST", path: "/v1/chat/completions", handle: chatCompletions },
  { method: "POST", path: "/v1/completions", handle: completions },
  { method: "POST", path: "/v1/embeddings", handle: embeddings },
  { method: "POST", path: "/v1/responses", handle: createResponse, wire: "responses" },
  { method: "POST", path: "/v1/responses/input_tokens", handle: countInputTokens },
  { method: "POST", path: "/v1/responses/compact", handle: compactResponse },
  { method: "GET", path: "/v1/responses/{id}", handle: retrieveResponse },
  { method: "DELETE", path: "/v1/responses/{id}", handle: deleteResponse },
  { method: "GET", path: "/v1/responses/{id}/input_items", handle: listInputItems },
  { method: "POST", path: "/v1/responses/{id}/cancel", handle: cancelResponse, takes: "nothing" },
  { method: "POST", path: "/v1/messages", handle: messages, wire: "messages" },
  { method: "POST", path: "/v1/messages/count_tokens", handle: countTokens, wire: "messages" },
  { method: "GET", path: "/v1/models", handle: listModels },
  { method: "GET", path: "/v1/models/*", handle: retrieveModel },
  { method: "POST", path: "/v1/files", handle: createFile, takes: "form" },
  { method: "GET", path: "/v1/files", handle: listFiles },
  { method: "GET", path: "/v1/files/{id}", handle: retrieveFile },
  { method: "DELETE", path: "/v1/files/{id}", handle: deleteFile },
  { method: "GET", path: "/v1/files/{id}/content", handle: fileContent },
  { method: "POST", path: "/v1/batches", handle: createBatch },
  { method: "GET", path: "/v1/batches", handle: listBatches },
  { method: "GET", path: "/v1/batches/{id}", handle: retrieveBatch },
  { method: "POST", path: "/v1/batches/{id}/cancel", handle: cancelBatch, takes: "nothing" },
  { method: "POST", path: "/v1/pc/context-aware-completion", handle: contextCompletion },
  { method: "POST", path: "/v1/pc/context-completion", handle: contextCompletion },
  { method: "POST", path: "/v1/pc/compile", handle: compile },
  { method: "GET", path: "/v1/pc/contexts", handle: listContexts },
  { method: "POST", path: "/v1/pc/contexts", handle: addContext },
  { method: "POST", path: "/v1/pc/contexts/search", handle: searchContexts },
  { method: "POST", path: "/v1/pc/contexts/forget", handle: forgetContexts },
  { method: "GET", path: "/v1/pc/contexts/learned", handle: listLearned },
  { method: "GET", path: "/v1/pc/contexts/export", handle: exportContexts },
  { method: "POST", path: "/v1/pc/contexts/import", handle: importContexts, takes: "lines" },
  { method: "GET", path: "/v1/pc/contexts/{id}", handle: getContext },
  { method: "DELETE", path: "/v1/pc/contexts/{id}", handle: deleteContext },
  { method: "GET", path: "/v1/pc/grants", handle: listGrants },
  { method: "POST", path: "/v1/pc/grants", handle: createGrant },
  { method: "POST", path: "/v1/pc/grants/revoke", handle: revokeGrant },
  { method: "GET", path: "/v1/pc/audit", handle: listAudit },
  { method: "GET", path: "/v1/pc/agents", handle: listAgents },
  { method: "GET", path: "/v1/pc/context-groups", handle: listGroups },
  { method: "GET", path: "/v1/pc/stats", handle: listStats },
];

const METHODS = ["GET", "POST", "DELETE"] as const;

/** Whatever is asked there, and below. A POST brings JSON, a form, bytes or nothing: forms of other pages are kept out. */
const forwardedRows: readonly Row[] = [
  ...forwardedPaths.flatMap((each) => [each.path, `${each.path}/*`].flatMap((path) => rowsOf(path, each))),
  { method: "GET", path: storedCompletions.path, handle: forward(storedCompletions) },
  ...rowsOf(`${storedCompletions.path}/*`, storedCompletions),
];

function rowsOf(path: string, forwarded: ForwardedPath): readonly Row[] {
  return METHODS.map((method) => ({ method, path, handle: forward(forwarded), takes: "form" }));
}

/** Behind `operations`; for probes and readers, which have no key. */
function operationRows(operations: string): readonly Row[] {
  const { document, page, style } = documentation(callRows, operations);
  const handlers = { "/healthz": healthz, "/openapi.json": document, "/docs": page, "/docs.css": style };
  return Object.entries(handlers).map(([path, handle]) => ({
    method: "GET",
    path: operations + path,
    handle,
  }));
}

/** Where a request goes. */
export interface Route {
  /** The path as access rules name it: without the group and agent before it. */
  readonly path: string;
  /** Anyone may have this answer. */
  readonly open: boolean;
  readonly handle: RouteHandler;
  /** What the path says of the call. */
  readonly context: CallDefaults;
  /** What stands for the row's `{id}` or `*`, decoded. */
  readonly rest: string;
  /** What a POST brings; `undefined`: JSON. */
  readonly takes?: PostBody | undefined;
  /** Whose words failures are told in; `undefined`: the client's. */
  readonly wire?: Wire | undefined;
}

/** @returns the route; `undefined` for a path that is not ours */
export type Router = (method: string, path: string) => Route | undefined;

export function createRouter(options: Pick<GatewayOptions, "operations" | "standalone">): Router {
  const standalone = options.standalone ?? gatewayDefaults.standalone;
  const operations = options.operations ?? (standalone ? "" : "/v1/pc");
  const operationPaths = finder(operationRows(operations));

  return (method, path) => {
    const operation = operationPaths(path);
    if (operation) return toRoute(operation, method, path, {}, true);

    const prefixed = readPrefix(path);
    const found = callPaths(prefixed.path);
    if (found) return toRoute(found, method, prefixed.path, prefixed.context, false);

    if (!standalone) return undefined;
    const handle = path === "/" && method === "HEAD" ? root : unknownUrl(method, path);
    return { path, open: true, handle, context: {}, rest: "" };
  };
}

/** The rows of one path, a method each, and what stands for the open part of it. */
interface Found {
  readonly rows: readonly Row[];
  readonly rest: string;
}

/** Finds a path's rows: one look-up where the path has no open part. */
function finder(rows: readonly Row[]): (path: string) => Found | undefined {
  const byPath = new Map<string, Row[]>();
  for (const row of rows) byPath.set(row.path, [...(byPath.get(row.path) ?? []), row]);
  const open = [...byPath]
    .filter(([path]) => /[*{]/.test(path))
    .map(([path, its]) => ({ pattern: toPattern(path), rows: its }));
  return (path) => {
    const exact = byPath.get(path);
    if (exact !== undefined) return { rows: exact, rest: "" };
    for (const { pattern, rows: its } of open) {
      const rest = pattern.exec(path)?.[1];
      if (rest !== undefined) return { rows: its, rest };
    }
    return undefined;
  };
}

function toPattern(path: string): RegExp {
  const literal = path.replaceAll(".", "\\.");
  return new RegExp(`^${literal.replace("{id}", "([^/]+)").replace("*", "(.+)")}$`);
}

const callPaths = finder([...callRows, ...forwardedRows]);

function toRoute(found: Found, method: string, path: string, context: CallDefaults, open: boolean): Route {
  const { rows } = found;
  const rest = decode(found.rest);
  const row = rows.find((each) => each.method === (method === "HEAD" ? "GET" : method));
  const wire = (row ?? rows[0])?.wire;
  if (row) return { path, open, handle: row.handle, context, rest, takes: row.takes, wire };
  const allowed = rows.flatMap((each) => (each.method === "GET" ? ["GET", "HEAD"] : [each.method]));
  return { path, open: true, handle: wrongMethod(method, path, allowed), context, rest, wire };
}

/** Takes `/pc/<group>/<agent>` off a path: who says their group and agent there wants to share. */
function readPrefix(path: string): { readonly path: string; readonly context: CallDefaults } {
  const match = /^\/pc\/([^/]+)\/([^/]+)(\/v1\/.+)$/.exec(path);
  const [, group, agentId, rest] = match ?? [];
  if (group === undefined || agentId === undefined || rest === undefined) return { path, context: {} };
  return { path: rest, context: { group: decode(group), agentId: decode(agentId), share: true } };
}

/** What is not valid percent-encoding stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
