import { countTokens as countHere } from "./core/compile-input.ts";
import type { DispatchParts } from "./dispatch.ts";
import type { WireRequest } from "./wires/wire.ts";

/** How many tokens a model would read, and who says so. */
export type TokenCount =
  /** The vendor of this deployment, which is who charges for them. */
  | { readonly tokens: number; readonly deployment: string; readonly tokenizer?: undefined }
  /** This tokenizer, here; "estimate:…" where the model's own is not known. */
  | { readonly tokens: number; readonly tokenizer: string; readonly deployment?: undefined };

/**
 * Counts by the vendor where one of the model's deployments speaks the request's wire and counts; here otherwise, and
 * where that fails, of which a "degraded" event tells.
 *
 * @throws `signal.reason`
 */
export async function countTokens(
  request: WireRequest,
  signal: AbortSignal,
  callId: string,
  { scheduler, emit }: Pick<DispatchParts, "scheduler" | "emit">,
): Promise<TokenCount> {
  try {
    const counted = await scheduler.countTokens(request, signal);
    if (counted !== undefined) return counted;
  } catch (error) {
    signal.throwIfAborted();
    emit({ type: "degraded", callId, what: "count", error });
  }
  return countHere(request);
}
