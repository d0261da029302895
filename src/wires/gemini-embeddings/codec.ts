import { PromptCompilerError } from "../../errors.ts";
import { editRequest } from "../edit.ts";
import { embeddingsCodec } from "../embeddings/codec.ts";
import { readError } from "../gemini/chunk.ts";
import { geminiCodec } from "../gemini/codec.ts";
import { readUsage } from "../gemini/usage.ts";
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import { estimateTokens } from "../token-estimate.ts";
import type { WireBody, WireCodec } from "../wire.ts";

/**
 * Gemini's batchEmbedContents: https://ai.google.dev/api/embeddings. Like embeddings of OpenAI's, it has no messages and no
 * streams; its errors are Gemini's. The model stands in the address, and in each of the requests too.
 */
export const geminiEmbeddingsCodec: WireCodec = {
  ...embeddingsCodec,
  wire: "gemini-embeddings",
  path: geminiCodec.path,
  forwardedHeaders: [],
  forwardedQuery: [],

  check({ requests }) {
    if (Array.isArray(requests) && requests.length > 0 && requests.every(isRecord)) return;
    throw new PromptCompilerError("PC_INVALID_REQUEST", "'requests' must be an array of objects, not empty", {
      param: "requests",
      wireCode: "invalid_type",
    });
  },
  estimateTokens: (body) => estimateTokens(textsOf(body)),
  forDeployment(request, { model, dropped }) {
    const name = model.includes("/") ? model : `models/${model}`;
    const requests = asArray(request.body["requests"]).map((each) => ({ ...asRecord(each), model: name }));
    return editRequest(request, { set: { model, requests }, remove: dropped });
  },

  inspectBody(body) {
    const error = readError(body);
    const usage = readUsage(body["usageMetadata"]);
    return {
      meaningful: asArray(body["embeddings"]).length > 0,
      ...(error && { error }),
      ...(usage && { usage }),
    };
  },
  servedModel: () => undefined,

  requestIdHeader: geminiCodec.requestIdHeader,
  errorBody: geminiCodec.errorBody,
  errorFrames: geminiCodec.errorFrames,
};

function textsOf({ requests }: WireBody): readonly string[] {
  return asArray(requests)
    .flatMap((request) => asArray(asRecord(asRecord(request)?.["content"])?.["parts"]))
    .map((part) => asString(asRecord(part)?.["text"]) ?? "");
}
