/** How much one request for embeddings may hold: what the host says, and what the deployments of a call take. */

import type { ScheduledCall } from "./call.ts";

/** How embedding calls share upstream requests. */
export interface BatchingOptions {
  /** Most inputs in one request, where a deployment says nothing of its own. @defaultValue 128 */
  readonly maxInputs?: number | undefined;
  /** Most tokens in one request, estimated, where a deployment says nothing of its own. @defaultValue 100_000 */
  readonly maxTokens?: number | undefined;
  /** Most milliseconds a call waits for others. @defaultValue 20 */
  readonly maxWaitMs?: number | undefined;
}

/** What one request may hold where nobody says. */
export const UNLIMITED: BatchLimits = {
  maxInputs: Number.POSITIVE_INFINITY,
  maxTokens: Number.POSITIVE_INFINITY,
};

export const defaultBatching = { maxInputs: 128, maxTokens: 100_000, maxWaitMs: 20 };

/** What a deployment takes in one request for embeddings. */
export interface DeploymentBatch {
  /** @defaultValue that of `batching` */
  readonly maxInputs?: number | undefined;
  /** Of all inputs together. @defaultValue that of `batching` */
  readonly maxTokens?: number | undefined;
}

/** Most that one request may hold. */
export interface BatchLimits {
  readonly maxInputs: number;
  readonly maxTokens: number;
}

/** The limits that every deployment keeps which may get a call: it is not decided yet which one does. */
export function batchLimits(
  otherwise: BatchLimits,
  deployments: readonly {
    readonly id: string;
    readonly batch?: DeploymentBatch | undefined;
    readonly provider: { readonly mostInputs?: number | undefined };
  }[],
  serving: (call: ScheduledCall) => readonly { readonly id: string }[],
): (call: ScheduledCall) => BatchLimits {
  const own = new Map(
    deployments.map(({ id, batch, provider: { mostInputs = Number.POSITIVE_INFINITY } }) => {
      const vendors = { ...otherwise, maxInputs: Math.min(otherwise.maxInputs, mostInputs) };
      return [id, { ...vendors, ...known(batch) }];
    }),
  );
  return (call) => {
    const limits = serving(call).map(({ id }) => own.get(id) ?? otherwise);
    return {
      maxInputs: Math.min(...limits.map(({ maxInputs }) => maxInputs)),
      maxTokens: Math.min(...limits.map(({ maxTokens }) => maxTokens)),
    };
  };
}

/** Without what was left out by saying `undefined`. */
function known({ maxInputs, maxTokens }: DeploymentBatch = {}): Partial<BatchLimits> {
  return { ...(maxInputs !== undefined && { maxInputs }), ...(maxTokens !== undefined && { maxTokens }) };
}
