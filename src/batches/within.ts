import type { Clock } from "../clock.ts";
import { ProviderError } from "../errors.ts";

/**
 * Does some work of a vendor's, for so long at most: what its connection waits for has no other end.
 *
 * @throws ProviderError "timeout"; what `work` throws
 */
export async function within<T>(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const late = new AbortController();
  const deadline = clock.sleep(ms, over.signal).then(
    () => late.abort(new ProviderError("timeout", `the vendor's batch API took longer than ${ms} ms`)),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } finally {
    over.abort();
    await deadline;
  }
}
