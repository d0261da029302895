import type { WireRequest } from "../wires/wire.ts";
import type { CompiledContext } from "./compile.ts";

/** The facts of a deployment that change what it is sent. */
export interface RenderTarget {
  /** Tokens the model can hold, input and output; `undefined`: unknown. */
  readonly contextWindow: number | undefined;
}

/** Kept free for the answer in a small window: a quarter of it; in a large one, this many tokens. */
const OUTPUT_RESERVE = 4096;

/**
 * The compiled call as one deployment can take it: as it is, or, where its context window less an output reserve is
 * smaller, fitted to that.
 *
 * @throws PromptCompilerError `PC_CONTEXT_TOO_LARGE` if what must be kept is larger than the window
 */
export function fitToWindow(compiled: CompiledContext, { contextWindow }: RenderTarget): CompiledContext {
  if (contextWindow === undefined) return compiled;
  const room = contextWindow - Math.min(OUTPUT_RESERVE, Math.floor(contextWindow / 4));
  return compiled.report.tokensAfter <= room ? compiled : compiled.within(room);
}

/** The request of the same. */
export function renderRequest(compiled: CompiledContext, target: RenderTarget): WireRequest {
  return fitToWindow(compiled, target).request;
}
