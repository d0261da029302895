/**
 * Which paths are ours: a table, and how a request finds its row. `/pc/<group>/<agent>/v1/…` are the same rows for
 * clients that cannot send headers.
 */

import type { CallDefaults } from "../config/gateway-options.ts";
import { type GatewayOptions, gatewayDefaults } from "../config/gateway-options.ts";
import type { RouteHandler } from "./exchange.ts";
import { chatCompletions } from "./routes/chat-completions.ts";
import { compile } from "./routes/compile.ts";
import { contextCompletion } from "./routes/context-completion.ts";
import { embeddings } from "./routes/embeddings.ts";
import { healthz } from "./routes/healthz.ts";
import { listModels, retrieveModel } from "./routes/models.ts";
import { root, unknownUrl, wrongMethod } from "./routes/refuse.ts";

interface Row {
  readonly method: "GET" | "POST";
  /** A `*` at the end stands for one character or more. */
  readonly path: string;
  readonly handle: RouteHandler;
}

const callRows: readonly Row[] = [
  { method: "POST", path: "/v1/chat/completions", handle: chatCompletions },
  { method: "POST", path: "/v1/embeddings", handle: embeddings },
  { method: "GET", path: "/v1/models", handle: listModels },
  { method: "GET", path: "/v1/models/*", handle: retrieveModel },
  { method: "POST", path: "/v1/pc/context-aware-completion", handle: contextCompletion },
  { method: "POST", path: "/v1/pc/context-completion", handle: contextCompletion },
  { method: "POST", path: "/v1/pc/compile", handle: compile },
];

/** Behind `operations`; for probes, which have no key. */
const operationRows: readonly Row[] = [{ method: "GET", path: "/healthz", handle: healthz }];

/** Where a request goes. */
export interface Route {
  /** The path as access rules name it: without the group and agent before it. */
  readonly path: string;
  /** Anyone may have this answer. */
  readonly open: boolean;
  readonly handle: RouteHandler;
  /** What the path says of the call. */
  readonly context: CallDefaults;
  /** What stands for the row's `*`, decoded. */
  readonly rest: string;
}

/** @returns the route; `undefined` for a path that is not ours */
export type Router = (method: string, path: string) => Route | undefined;

export function createRouter(options: Pick<GatewayOptions, "operations" | "standalone">): Router {
  const standalone = options.standalone ?? gatewayDefaults.standalone;
  const operations = options.operations ?? (standalone ? "" : "/v1/pc");
  const operationPaths = operationRows.map((row) => ({ ...row, path: operations + row.path }));

  return (method, path) => {
    const operation = findRow(operationPaths, path);
    if (operation) return toRoute(operation, method, path, {}, true);

    const prefixed = readPrefix(path);
    const row = findRow(callRows, prefixed.path);
    if (row) return toRoute(row, method, prefixed.path, prefixed.context, false);

    if (!standalone) return undefined;
    const handle = path === "/" && method === "HEAD" ? root : unknownUrl(method, path);
    return { path, open: true, handle, context: {}, rest: "" };
  };
}

function findRow(rows: readonly Row[], path: string): Row | undefined {
  return rows.find((row) => {
    if (!row.path.endsWith("*")) return row.path === path;
    return path.length >= row.path.length && path.startsWith(row.path.slice(0, -1));
  });
}

function toRoute(row: Row, method: string, path: string, context: CallDefaults, open: boolean): Route {
  const allowed = row.method === "GET" ? ["GET", "HEAD"] : [row.method];
  const rest = row.path.endsWith("*") ? decode(path.slice(row.path.length - 1)) : "";
  if (allowed.includes(method)) return { path, open, handle: row.handle, context, rest };
  return { path, open: true, handle: wrongMethod(method, path, allowed), context, rest };
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
