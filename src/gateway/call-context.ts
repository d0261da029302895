/**
 * From a request to a `CallContext`. Later lines win:
 *
 *     the key's defaults; its agent, where it has one only
 *     the path: /pc/<group>/<agent>/…
 *     the session that known clients tell of by themselves
 *     the body's `pc` object
 *     X-PC-* headers
 *
 * The tenant is the key's, always. A key that may speak for some agents only has to speak for one of them: what nobody
 * says would be the whole tenant's.
 */
import type { CallContext } from "../chat.ts";
import type { CallDefaults, Principal } from "../config/gateway-options.ts";
import { isPattern } from "../name-pattern.ts";
import { asRecord, isRecord } from "../wires/read.ts";
import type { WireBody } from "../wires/wire.ts";
import { type CallField, callFields, label, sessionHeaders } from "./call-fields.ts";
import type { Exchange } from "./exchange.ts";
import type { HeaderMap } from "./http.ts";
import { badRequest } from "./refusal.ts";

export interface CallSource {
  readonly principal: Principal;
  /** What the path says. */
  readonly path: CallDefaults;
  readonly headers: HeaderMap;
  readonly body: WireBody;
  readonly signal: AbortSignal;
}

/** @throws RequestRefusedError 400, naming the header or field at fault */
export function readCallContext({ principal, path, headers, body, signal }: CallSource): CallContext {
  const said = {
    ...principal.defaults,
    agentId: principal.defaults?.agentId ?? onlyAgent(principal),
    ...checkPath(path),
    ...readSession(headers, body),
    ...readFields(body["pc"]),
    ...readHeaders(headers),
    tenant: principal.tenant,
    agents: principal.agents,
    groups: principal.groups,
    signal,
  };
  // Each row of the table parses to what its name holds.
  const call = said as CallContext;
  if (call.share !== undefined && call.share !== false && call.agentId === undefined) {
    throw badRequest("X-PC-Context-Share needs to know who shares: send X-PC-Agent-ID", "x-pc-agent-id");
  }
  if (principal.agents !== undefined && call.agentId === undefined) {
    throw badRequest("this key speaks for some agents only: send X-PC-Agent-ID", "x-pc-agent-id");
  }
  return call;
}

/** Who asks for what is there already: a file, a batch, a response. */
export function readerOf({ principal, request }: Exchange): CallContext {
  return { tenant: principal.tenant, agents: principal.agents, signal: request.signal };
}

function onlyAgent({ agents = [] }: Principal): string | undefined {
  const [only, ...others] = agents;
  return others.length > 0 || only === undefined || isPattern(only) ? undefined : only;
}

/** What a path says is decoded, and may be anything: it has to be what a header or a field would have to be. */
function checkPath(path: CallDefaults): CallDefaults {
  const { expected, parse } = label();
  for (const [name, value] of Object.entries({ group: path.group, agent: path.agentId })) {
    if (value === undefined || parse(value) !== undefined) continue;
    throw badRequest(`the ${name} in the path must be ${expected}, got ${quote(value)}`, name);
  }
  return path;
}

type Said = Partial<Record<CallField["name"], string | number | boolean>>;

function readHeaders(headers: HeaderMap): Said {
  const said: Said = {};
  for (const row of callFields) {
    const value = headers[row.header.toLowerCase()];
    if (value === undefined) continue;
    said[row.name] = parseOrRefuse(row, toText(value), row.header, row.header.toLowerCase());
  }
  return said;
}

function readFields(pc: unknown): Said {
  if (pc === undefined || pc === null) return {};
  if (!isRecord(pc)) throw badRequest("pc must be an object", "pc");
  const unknown = Object.keys(pc).find((key) => !callFields.some(({ field }) => field === key));
  if (unknown !== undefined) {
    const known = callFields.map(({ field }) => field).join(", ");
    throw badRequest(`pc has no field ${quote(unknown)}; it has ${known}`, `pc.${unknown.slice(0, 64)}`);
  }
  const said: Said = {};
  for (const row of callFields) {
    const value = pc[row.field];
    if (value === undefined || value === null) continue;
    said[row.name] = parseOrRefuse(row, value, `pc.${row.field}`, `pc.${row.field}`);
  }
  return said;
}

function parseOrRefuse(row: CallField, value: unknown, where: string, param: string) {
  const parsed = row.parse(value);
  if (parsed === undefined) throw badRequest(`${where} must be ${row.expected}, got ${quote(value)}`, param);
  return parsed;
}

/** Short, and on one line: the value may be anything. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > 64 ? `${text.slice(0, 64)}…` : text;
}

/** A session that a client names for its own purposes; one that is no label to us is passed over. */
function readSession(headers: HeaderMap, body: WireBody): Said {
  const named = sessionHeaders.map((name) => headers[name]).find((value) => value !== undefined);
  const sessionId = label().parse(named === undefined ? asRecord(body)?.["prompt_cache_key"] : toText(named));
  return sessionId === undefined ? {} : { sessionId };
}

/**
 * Node hands header bytes on as Latin-1; clients mean UTF-8, as in the body. What is not UTF-8 stays as it is.
 */
function toText(value: string | readonly string[]): string {
  const text = typeof value === "string" ? value : value.join(", ");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
  } catch {
    return text;
  }
}
