import type { CompiledContext } from "./compile.ts";

/** Kept free for the answer in a small window: a quarter of it; in a large one, this many tokens. */
const OUTPUT_RESERVE = 4096;

/**
 * A compiled call as one deployment can take it: as it is, or, where the context window less an output reserve is
 * smaller, fitted to that.
 *
 * @param contextWindow - tokens the model can hold, input and output; `undefined`: unknown
 * @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` if what must be kept is larger than the window
 */
export function fitToWindow(compiled: CompiledContext, contextWindow: number | undefined): CompiledContext {
  if (contextWindow === undefined) return compiled;
  const room = contextWindow - Math.min(OUTPUT_RESERVE, Math.floor(contextWindow / 4));
  return compiled.report.tokensAfter <= room ? compiled : compiled.within(room);
}
