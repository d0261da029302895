import { PromptCompilerError } from "../../errors.ts";
import type { Layer } from "../layer.ts";

/** Behind the caches: a call that wanted an answer from them, and none else, goes no further (RFC 9111, section 5.2.1.7). */
export const onlyIfCached: Layer = (next) => async (call) => {
  if (call.cache?.mode !== "only-if-cached") return next(call);
  throw new PromptCompilerError("PC_NOT_CACHED", "only-if-cached, and the answer is not in the cache", {
    param: "x-pc-cache",
    wireCode: "not_cached",
  });
};
