/**
 * Vendors of OpenAI's wires and what is particular about each, as data. A row needs a source; what merely has no effect
 * somewhere, or what only some models of a vendor refuse, is in it only where the model's name tells.
 *
 * A limit of the answer's length is never left out, only spelled as the vendor has it: without it an answer would be longer
 * than the caller allowed.
 */
import type { Quirks } from "./quirks.ts";

/** Models that refuse `max_tokens` (https://platform.openai.com/docs/guides/reasoning). */
const OPENAI_REASONING = ["o1*", "o3*", "o4*", "gpt-5*"];

/** State of other vendors, in messages that a client has kept whole. */
const FOREIGN_STATE = ["reasoning_content", "reasoning_details", "extra_content"];

const openai: Quirks = {
  chat: {
    outputLimit: { spelled: "max_completion_tokens", models: OPENAI_REASONING },
    toolCallIds: { shape: /^.{1,40}$/s, length: 40 },
    noOpenToolCalls: true,
  },
  mostInputs: 2048,
  source: "https://platform.openai.com/docs/api-reference/chat/create, …/embeddings/create",
};

/** What a server of one's own does: chat templates know no "developer", and functions are the only tools. */
const selfHosted = { noDeveloper: true, noCustomTools: true } as const;

export const vendors = {
  openai: {
    ...openai,
    hosts: ["api.openai.com"],
    wires: ["chat", "responses", "completions", "embeddings"],
    source: "https://platform.openai.com/docs/api-reference",
  },
  azure: {
    ...openai,
    hosts: ["openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com"],
    keyHeader: "api-key",
    deploymentPaths: { apiVersion: "2024-10-21" },
    source: "https://learn.microsoft.com/azure/ai-services/openai/reference",
  },
  openrouter: {
    hosts: ["openrouter.ai"],
    // An aggregator: a route to the model is gone for the moment, which the next one may not be. A model that there is not
    // is a 400 there.
    statuses: { 404: "conflict" },
    chat: { noCustomTools: true, wantsBack: { ofMessage: ["reasoning_details"] }, sparseAnswers: true },
    source:
      "https://openrouter.ai/docs/use-cases/reasoning-tokens; https://github.com/Agent-Field/agentfield/issues/588",
  },
  groq: {
    hosts: ["api.groq.com"],
    rejects: ["logit_bias", "logprobs", "top_logprobs"],
    chat: {
      noCustomTools: true,
      refuses: { inMessages: ["name", ...FOREIGN_STATE], inToolCalls: ["extra_content"] },
    },
    source:
      "https://console.groq.com/docs/openai; refused fields: https://github.com/janhq/jan/issues/8136; developer: types of groq-sdk 1.6.0",
  },
  mistral: {
    hosts: ["api.mistral.ai"],
    // Usage comes at the end of each stream without being asked for.
    rejects: [
      ...["store", "stream_options", "user", "logit_bias", "logprobs", "top_logprobs", "service_tier"],
      ...["safety_identifier", "verbosity", "web_search_options"],
    ],
    chat: {
      noDeveloper: true,
      noCustomTools: true,
      outputLimit: { spelled: "max_tokens" },
      renames: { seed: "random_seed" },
      refuses: {
        inMessages: ["name", ...FOREIGN_STATE, "reasoning", "refusal", "annotations", "audio"],
        inToolCalls: ["extra_content"],
      },
      toolCallIds: { shape: /^[A-Za-z0-9]{9}$/, length: 9 },
      noOpenToolCalls: true,
      thinkingParts: true,
      sparseAnswers: true,
    },
    source:
      "https://docs.mistral.ai/api/ and types of @mistralai/mistralai 2.7.0 have none of them, and all else is refused as extra_forbidden; names: https://github.com/nomtek/mistralai_client_dart/issues/44; ids: https://github.com/anomalyco/opencode/issues/1680",
  },
  deepseek: {
    hosts: ["api.deepseek.com"],
    wires: ["chat"],
    chat: {
      noDeveloper: true,
      noCustomTools: true,
      outputLimit: { spelled: "max_tokens" },
      plainContent: ["system", "user", "assistant", "tool"],
      // A call without its reasoning is refused, one with an empty one is not.
      wantsBack: { ofMessage: ["reasoning_content"], ifForgotten: "" },
      noOpenToolCalls: true,
    },
    source:
      "https://api-docs.deepseek.com/guides/thinking_mode; an empty one: https://github.com/deepseek-ai/deepseek-harness/discussions/739",
  },
  xai: {
    hosts: ["api.x.ai"],
    chat: {
      noCustomTools: true,
      rejectsByModel: { models: ["grok-4*"], parameters: ["presence_penalty", "frequency_penalty", "stop"] },
      sparseAnswers: true,
    },
    source: "https://docs.x.ai/docs/models: reasoning models refuse these three",
  },
  together: {
    hosts: ["api.together.xyz", "api.together.ai"],
    wires: ["chat", "completions", "embeddings"],
    chat: {
      noDeveloper: true,
      noCustomTools: true,
      outputLimit: { spelled: "max_tokens" },
      sparseAnswers: true,
    },
    source: "https://docs.together.ai/reference/chat-completions-1; roles: types of together-ai 0.52.0",
  },
  fireworks: {
    hosts: ["api.fireworks.ai"],
    wires: ["chat", "completions", "embeddings"],
    chat: { noDeveloper: true, noCustomTools: true, sparseAnswers: true },
    source: "https://docs.fireworks.ai/api-reference/post-chatcompletions: usage comes on the last chunk",
  },
  google: {
    hosts: ["generativelanguage.googleapis.com"],
    mostInputs: 100,
    chat: {
      ...selfHosted,
      wantsBack: { ofToolCall: ["extra_content"] },
      sparseAnswers: true,
    },
    source: "https://ai.google.dev/gemini-api/docs/openai, …/thought-signatures",
  },
  vllm: {
    wires: ["chat", "completions", "embeddings"],
    chat: selfHosted,
    source: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
  },
  "llama.cpp": {
    wires: ["chat", "completions", "embeddings"],
    chat: { ...selfHosted, noNulls: true, sparseAnswers: true },
    source: "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
  },
  "lm-studio": {
    wires: ["chat", "completions", "embeddings"],
    chat: {
      ...selfHosted,
      noNulls: true,
      noJsonObject: true,
      outputLimit: { spelled: "max_tokens" },
      plainContent: ["tool"],
      sparseAnswers: true,
    },
    source:
      "https://lmstudio.ai/docs/developer/openai-compat/chat-completions; json_object: https://github.com/t59688/arboris-novel/issues/23",
  },
  ollama: {
    hosts: ["ollama.com"],
    wires: ["chat", "completions", "embeddings"],
    chat: {
      ...selfHosted,
      outputLimit: { spelled: "max_tokens" },
      plainContent: ["tool"],
      // All calls of an answer come with the index 0 (https://github.com/ollama/ollama/issues/15457).
      sparseAnswers: true,
    },
    source: "https://docs.ollama.com/api/openai-compatibility",
  },
} as const satisfies Record<string, Quirks>;

/** Vendors that are known by name. */
export type Vendor = keyof typeof vendors;

/** A vendor and what is particular about it. */
export interface KnownVendor {
  readonly vendor: Vendor;
  readonly quirks: Quirks;
}

/** Every vendor's name. */
export const VENDORS = Object.keys(vendors) as readonly Vendor[];

/**
 * The vendor of that name or, where none is named, the one at this host.
 *
 * @returns `undefined`: nothing is known of it, and nothing is changed for it
 */
export function findVendor(named: Vendor | undefined, host: string): KnownVendor | undefined {
  const vendor = named ?? VENDORS.find((each) => isAt(vendors[each], host));
  return vendor && { vendor, quirks: vendors[vendor] };
}

function isAt({ hosts = [] }: Quirks, host: string): boolean {
  return hosts.some((each) => host === each || host.endsWith(`.${each}`));
}
