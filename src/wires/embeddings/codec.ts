import { readUsage } from "../chat/usage.ts";
import { checkOpenAIRequest } from "../check-request.ts";
import { editRequest } from "../edit.ts";
import { openAIErrors } from "../openai-error.ts";
import { asArray, asRecord, asString } from "../read.ts";
import { estimateTokens } from "../token-estimate.ts";
import type { AnswerCollector, WireCodec } from "../wire.ts";
import { embeddingRequest } from "./schemas.ts";

/** OpenAI's embeddings: https://platform.openai.com/docs/api-reference/embeddings. No messages, no streams. */
export const embeddingsCodec: WireCodec = {
  wire: "embeddings",
  path: "/embeddings",
  forwardedHeaders: ["openai-beta", "idempotency-key", "x-client-request-id"],
  forwardedQuery: [],

  check: (body) => checkOpenAIRequest(embeddingRequest, body, "invalid_value"),
  messages: () => [],
  toolResults: () => [],
  withMessages: (request) => request,
  withCacheMarks: (request) => request,
  overheadText: () => "",

  needs: () => [],
  opening: () => undefined,
  estimateTokens: ({ input }) => [input].flat(2).reduce<number>((sum, each) => sum + tokensOf(each), 0),

  outputLimit: () => 0,
  isStream: () => false,
  wantsUsage: () => false,
  forDeployment(request, { model, dropped }) {
    return editRequest(request, { set: request.body["model"] === model ? {} : { model }, remove: dropped });
  },

  sentinel: undefined,
  inspect: () => ({ meaningful: false, terminal: false }),
  inspectBody(body) {
    const usage = readUsage(body["usage"]);
    const error = asRecord(body["error"]);
    return {
      meaningful: asArray(body["data"]).length > 0,
      ...(error && { error: { message: asString(error["message"]) ?? "", code: asString(error["code"]) } }),
      ...(usage && { usage }),
    };
  },
  servedModel: ({ model }) => asString(model) || undefined,

  withReport: (answer) => answer,
  reportFrame: (_report, like) => like,
  reuse: {
    // Whom the vendor holds to account.
    silentFields: new Set(["user"]),
    silentHeaders: new Set(["idempotency-key", "x-client-request-id"]),
    repeats: () => "always",
    question: () => undefined,
  },

  answer: () => undefined,
  collectAnswer: (): AnswerCollector => ({ add: () => undefined, answer: () => undefined }),

  ...openAIErrors,
};

/** A text by its length; anything else is the id of one token. */
function tokensOf(input: unknown): number {
  return typeof input === "string" ? estimateTokens([input]) : 1;
}
