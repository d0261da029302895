import type { ForgottenItems } from "../core/sharing/forget.ts";
import type { Storage, StorageOperation } from "../storage/storage.ts";

/** Where an answer's words may come from. */
export interface Sources {
  readonly agentId?: string | undefined;
  /** Shared context that the model was shown. */
  readonly contextIds: readonly string[];
}

/** Whether an answer of the tenant may repeat what is being forgotten: its agents', and one that was shown it. */
export function mayRepeat(
  { agentId, contextIds }: Sources,
  { wholeTenant, itemIds, agentIds }: ForgottenItems,
): boolean {
  return (
    wholeTenant ||
    (agentId !== undefined && agentIds.has(agentId)) ||
    contextIds.some((id) => itemIds.has(id))
  );
}

const DELETED_AT_ONCE = 256;

/** Makes these deletions, some at a time. */
export async function deleteAll(storage: Storage, deletions: AsyncIterable<StorageOperation>): Promise<void> {
  let waiting: StorageOperation[] = [];
  for await (const deletion of deletions) {
    waiting.push(deletion);
    if (waiting.length < DELETED_AT_ONCE) continue;
    await storage.batch(waiting);
    waiting = [];
  }
  if (waiting.length > 0) await storage.batch(waiting);
}
