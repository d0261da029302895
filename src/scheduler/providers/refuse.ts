import { ProviderError } from "../../errors.ts";

/** The refusal of a built-in model: what an upstream's 400 would be, with OpenAI's error body. */
export function refuse(provider: string, param: string, message: string, code: string): ProviderError {
  const error = { message, type: "invalid_request_error", param, code };
  return new ProviderError("invalid-request", `${provider} refused ${param}: ${message}`, {
    status: 400,
    upstreamCode: code,
    reply: {
      status: 400,
      headers: { "content-type": "application/json" },
      body: new TextEncoder().encode(JSON.stringify({ error })),
    },
  });
}
