import type { Model } from "../../chat.ts";
import { toModelInfo, toModelPage } from "../../wires/messages/models.ts";
import { isAnthropicClient } from "../audience.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { mayUseModel } from "../principal.ts";
import { modelNotFound } from "../refusal.ts";

/** `GET /v1/models`: what is served, as far as the caller may use it; to Anthropic's clients in the shape they know (wire 46). */
export async function listModels(exchange: Exchange): Promise<void> {
  const models = await usableModels(exchange);
  sendJson(
    exchange,
    isAnthropicClient(exchange.request.headers) ? toModelPage(models) : { object: "list", data: models },
  );
}

/** `GET /v1/models/{id}`; an id may have "/" and ":" in it, encoded or not. */
export async function retrieveModel(exchange: Exchange): Promise<void> {
  const model = (await usableModels(exchange)).find(({ id }) => id === exchange.rest);
  if (model === undefined) throw modelNotFound(exchange.rest);
  sendJson(exchange, isAnthropicClient(exchange.request.headers) ? toModelInfo(model) : model);
}

async function usableModels({ compiler, principal, request }: Exchange): Promise<readonly Model[]> {
  const models = await compiler.models({ tenant: principal.tenant, signal: request.signal });
  return models.filter(({ id }) => mayUseModel(principal, id));
}
