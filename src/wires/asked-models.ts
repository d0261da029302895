/**
 * Which models a request asks for. Whoever limits them has to check those that an upstream will read: some vendors take
 * further ones to fall back on (https://openrouter.ai/docs/guides/routing/model-fallbacks), and to some readers, Go's
 * among them, "Model" is "model" too.
 */
import { asArray, asString } from "./read.ts";
import type { WireBody } from "./wire.ts";

/** Each model that a request names; `undefined` where it leaves the choice to us. */
export function askedModels(body: WireBody): readonly (string | undefined)[] {
  return [body["model"], ...asArray(body["models"])].map(asString);
}

/** The key among these that a careless reader takes for the model's, and we do not. */
export function disguisedModelKey(keys: readonly string[]): string | undefined {
  return keys.find((key) => /^models?$/iu.test(key) && key !== "model" && key !== "models");
}
