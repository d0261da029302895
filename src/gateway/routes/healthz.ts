import { type Exchange, sendJson } from "../exchange.ts";

/** `GET …/healthz`: the process is up and answers. Needs no key, and tells nothing else. */
export async function healthz(exchange: Exchange): Promise<void> {
  sendJson(exchange, { status: "ok" });
}
