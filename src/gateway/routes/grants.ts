import type { NewGrant } from "../../core/contexts.ts";
import { readControl, readControlBody, readPage, sendPage } from "../control.ts";
import { type Exchange, sendJson } from "../exchange.ts";

/** `GET /v1/pc/grants[?limit&after]`: from and to the caller; of a tenant, where the call names no agent. */
export async function listGrants(exchange: Exchange): Promise<void> {
  const { grants, nextAfter } = await exchange.compiler.contexts.grants(
    readControl(exchange),
    readPage(exchange),
  );
  sendPage(exchange, grants, nextAfter);
}

/** `POST /v1/pc/grants`: `{ owner, reader }`, each "agent:…" or "group:…". */
export async function createGrant(exchange: Exchange): Promise<void> {
  const { call, body } = await readControlBody(exchange);
  // `grant` checks both fields.
  sendJson(exchange, await exchange.compiler.contexts.grant(body as unknown as NewGrant, call));
}

/** `POST /v1/pc/grants/revoke`: the same two; says whether there was such a grant. */
export async function revokeGrant(exchange: Exchange): Promise<void> {
  const { call, body } = await readControlBody(exchange);
  const revoked = await exchange.compiler.contexts.revoke(body as unknown as NewGrant, call);
  sendJson(exchange, { object: "grant", revoked });
}

/** `GET /v1/pc/audit[?limit&after]`: what was read, written and granted across agents, the newest first. */
export async function listAudit(exchange: Exchange): Promise<void> {
  const { entries, nextAfter } = await exchange.compiler.contexts.audit(
    readControl(exchange),
    readPage(exchange),
  );
  sendPage(exchange, entries, nextAfter);
}
