import type { Model } from "../../chat.ts";

/** A model as Anthropic's clients expect it: https://platform.claude.com/docs/en/api/models-list */
export function toModelInfo({ id, created }: Model): object {
  return {
    type: "model",
    id,
    display_name: id,
    created_at: new Date(created * 1_000).toISOString(),
  };
}

/** All models, as the one page of their list (wire 46). */
export function toModelPage(models: readonly Model[]): object {
  return {
    data: models.map(toModelInfo),
    has_more: false,
    first_id: models.at(0)?.id ?? null,
    last_id: models.at(-1)?.id ?? null,
  };
}
