/** What a step of Vercel's AI SDK says beside its messages: what went to the provider, and what was counted. */
import type { Usage } from "../../chat.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asCount, asRecord, asString, isRecord, parseRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";
import { toChatRequest, wireOf } from "../to-chat.ts";

/** Whether a usage is in the SDK's words, which are of no wire's. */
export function isSdkUsage(usage: unknown): boolean {
  return isRecord(usage) && ("inputTokens" in usage || "outputTokens" in usage);
}

/** The body that a step sent, as a request of a chat; `undefined`: it is not kept, or of a wire that none here reads. */
export function toChatOfBody({ request, model }: WireBody): WireBody | undefined {
  const kept = asRecord(request)?.["body"];
  const body = typeof kept === "string" ? parseRecord(kept) : asRecord(kept);
  const provider = asString(asRecord(model)?.["provider"]) ?? "";
  // Bedrock's requests look like Anthropic's, and are not.
  if (body === undefined || provider.includes("bedrock")) return undefined;
  if (body["input"] === undefined && asArray(body["messages"]).length === 0) return undefined;
  return toChatRequest(provider.includes("anthropic") ? "messages" : wireOf(body, undefined), body);
}

/** What was charged, with what Anthropic says of its cache where the SDK leaves it out. */
export function toUsage(usage: WireBody | undefined, providerMetadata: unknown): Usage | undefined {
  if (usage === undefined) return undefined;
  const own = asRecord(asRecord(asRecord(providerMetadata)?.["anthropic"])?.["usage"]);
  // The metadata is of the last step: where the usage is of more, it is not of these counts.
  if (own !== undefined && own["output_tokens"] === usage["outputTokens"]) {
    return codecFor("messages").inspectBody({ type: "message", usage: own }).usage;
  }
  const input = asRecord(usage["inputTokenDetails"]);
  const output = asRecord(usage["outputTokenDetails"]);
  return {
    inputTokens: asCount(usage["inputTokens"]),
    cacheReadTokens: asCount(input?.["cacheReadTokens"] ?? usage["cachedInputTokens"]),
    cacheWriteTokens: asCount(input?.["cacheWriteTokens"]),
    cacheWrite1hTokens: undefined,
    outputTokens: asCount(usage["outputTokens"]),
    reasoningTokens: asCount(output?.["reasoningTokens"] ?? usage["reasoningTokens"]),
  };
}
