import type { Model } from "../../chat.ts";
import { type Exchange, sendJson } from "../exchange.ts";
import { mayUseModel } from "../principal.ts";
import { modelNotFound } from "../refusal.ts";

/** `GET /v1/models`: what is served, as far as the caller may use it. */
export async function listModels(exchange: Exchange): Promise<void> {
  sendJson(exchange, { object: "list", data: await usableModels(exchange) });
}

/** `GET /v1/models/{id}`; an id may have "/" and ":" in it, encoded or not. */
export async function retrieveModel(exchange: Exchange): Promise<void> {
  const model = (await usableModels(exchange)).find(({ id }) => id === exchange.rest);
  if (model === undefined) throw modelNotFound(exchange.rest);
  sendJson(exchange, model);
}

async function usableModels({ compiler, principal, request }: Exchange): Promise<readonly Model[]> {
  const models = await compiler.models({ tenant: principal.tenant, signal: request.signal });
  return models.filter(({ id }) => mayUseModel(principal, id));
}
