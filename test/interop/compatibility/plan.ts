import { FEATURES, type Feature, type Place, ROUTES, type Route } from "./cells.ts";

/** Clients by the name they have in the table, each with the packages that make it up. */
export const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  openai: ["openai"],
  "@langchain/openai": ["@langchain/openai", "langchain"],
  "ai, @ai-sdk/openai": ["ai", "@ai-sdk/openai"],
  "ai, @ai-sdk/openai-compatible": ["ai", "@ai-sdk/openai-compatible"],
  "ai, @ai-sdk/anthropic": ["ai", "@ai-sdk/anthropic"],
  "@openai/agents": ["@openai/agents"],
  "@anthropic-ai/sdk": ["@anthropic-ai/sdk"],
};

const openai = "openai-compatible";

/** Every row of the table; each is to show all that there can be on its route. */
export const PLAN: readonly Place[] = [
  { client: "openai", route: "chat", upstream: openai },
  { client: "openai", route: "chat", upstream: "anthropic" },
  { client: "openai", route: "chat", upstream: "gemini" },
  { client: "openai", route: "responses", upstream: openai },
  { client: "openai", route: "completions", upstream: openai },
  { client: "openai", route: "embeddings", upstream: openai },
  { client: "openai", route: "embeddings", upstream: "gemini" },
  { client: "openai", route: "models", upstream: openai },
  { client: "openai", route: "batches", upstream: openai },
  { client: "@langchain/openai", route: "chat", upstream: openai },
  { client: "@langchain/openai", route: "embeddings", upstream: openai },
  { client: "ai, @ai-sdk/openai", route: "chat", upstream: openai },
  { client: "ai, @ai-sdk/openai", route: "responses", upstream: openai },
  { client: "ai, @ai-sdk/openai", route: "embeddings", upstream: openai },
  { client: "ai, @ai-sdk/openai-compatible", route: "chat", upstream: openai },
  { client: "ai, @ai-sdk/openai-compatible", route: "embeddings", upstream: openai },
  { client: "ai, @ai-sdk/anthropic", route: "messages", upstream: "anthropic" },
  { client: "ai, @ai-sdk/anthropic", route: "messages", upstream: openai },
  { client: "@openai/agents", route: "chat", upstream: openai },
  { client: "@openai/agents", route: "responses", upstream: openai },
  { client: "@anthropic-ai/sdk", route: "messages", upstream: "anthropic" },
  { client: "@anthropic-ai/sdk", route: "messages", upstream: openai },
  { client: "@anthropic-ai/sdk", route: "count_tokens", upstream: "anthropic" },
  { client: "@anthropic-ai/sdk", route: "count_tokens", upstream: openai },
  { client: "@anthropic-ai/sdk", route: "models", upstream: "anthropic" },
  { client: "@anthropic-ai/sdk", route: "models", upstream: openai },
];

/** What there can be on a route. */
export function featuresOn(name: Route): readonly Feature[] {
  const route = ROUTES[name];
  return "only" in route ? route.only : FEATURES;
}
