import type { SumsQuery } from "../../stats/sums-page.ts";
import { readControl, readPage, sendPage } from "../control.ts";
import type { Exchange } from "../exchange.ts";

/** `GET /v1/pc/stats[?by&from&to&limit&after]`: sums of calls; of an agent's, where the call names one. */
export async function listStats(exchange: Exchange): Promise<void> {
  const said = new URLSearchParams(exchange.request.query);
  // `sums` checks what is asked for.
  const by = (said.get("by") ?? undefined) as SumsQuery["by"];
  const [from, to] = ["from", "to"].map((name) => said.get(name) ?? undefined);
  const query = { ...readPage(exchange), by, from, to };
  const { lines, nextAfter } = await exchange.compiler.stats.sums(readControl(exchange), query);
  sendPage(exchange, lines, nextAfter);
}

/** `GET /v1/pc/agents[?limit&after]`: who has called, when last, for which groups, and what it came to. */
export async function listAgents(exchange: Exchange): Promise<void> {
  const { agents, nextAfter } = await exchange.compiler.stats.agents(
    readControl(exchange),
    readPage(exchange),
  );
  sendPage(exchange, agents, nextAfter);
}

/** `GET /v1/pc/context-groups[?limit&after]`: who is in a group, who wrote how much to it, and its grants. */
export async function listGroups(exchange: Exchange): Promise<void> {
  const { groups, nextAfter } = await exchange.compiler.stats.groups(
    readControl(exchange),
    readPage(exchange),
  );
  sendPage(exchange, groups, nextAfter);
}
