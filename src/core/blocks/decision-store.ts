/**
 * Keeps what was decided about conversations, for every process on the same storage.
 *
 *     frozen   tenant, conversation, agent   → decisions
 *
 * A decision is written only if nobody has written since it was read: of two processes that freeze the same block, one
 * does, and the other goes by it. What is read back may be a decision for another branch of the conversation, one whose
 * later messages were edited: `decidedFor` tells them apart.
 *
 * A record is kept for half as long as originals are, from the latest decision on: a handle in it is always good.
 */
import { toKey } from "../../storage/key.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import type { Caller } from "../sharing/item.ts";
import type { Conversation } from "./conversation.ts";
import type { Decision } from "./decision.ts";

export interface DecisionStore {
  get(caller: Caller, conversation: Conversation): Promise<readonly Decision[]>;

  /** Adds decisions that nobody has made before. @returns all that hold now */
  add(caller: Caller, conversation: Conversation, made: readonly Decision[]): Promise<readonly Decision[]>;

  /** Everything kept for a tenant. */
  scan(tenant: string): AsyncIterable<KeptDecisions>;
}

export interface KeptDecisions {
  /** Whose calls they were about; `undefined`: the calls did not say. */
  readonly agentId: string | undefined;
  readonly removal: StorageOperation;
}

/** Decisions of one conversation, all its branches: the oldest give way. */
const MOST_DECISIONS = 64;

/** Times a write is tried while others write the same record. */
const MOST_TRIES = 8;

export function createDecisionStore(storage: Storage, ttlMs: number): DecisionStore {
  const frozen = table<readonly Decision[]>(storage, "frozen");
  const keyOf = ({ tenant, agentId = "" }: Caller, { id }: Conversation): string =>
    toKey(["frozen", tenant, id, agentId]);

  return {
    async get(caller, conversation) {
      const bytes = await storage.get(keyOf(caller, conversation));
      return bytes === undefined ? [] : decode(bytes);
    },
    async add(caller, conversation, made) {
      const key = keyOf(caller, conversation);
      let all: readonly Decision[] = [];
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        const bytes = await storage.get(key);
        const known = bytes === undefined ? [] : decode(bytes);
        const fresh = made.filter((decision) => !known.some((other) => isSame(decision, other)));
        all = [...known, ...fresh].slice(-MOST_DECISIONS);
        if (fresh.length === 0) return all;
        if (await storage.compareAndSet(key, bytes, Buffer.from(JSON.stringify(all)), { ttlMs })) return all;
      }
      return all;
    },
    async *scan(tenant) {
      for await (const [key] of frozen.scan([tenant])) {
        yield { agentId: key[2] || undefined, removal: frozen.delete(key) };
      }
    },
  };
}

/** About the same messages: whoever was first has decided. */
function isSame(one: Decision, other: Decision): boolean {
  if (one.prefix !== other.prefix) return false;
  if (one.kind === "block") return other.kind === "block" && one.from === other.from;
  // The same request again, perhaps to another budget, is chosen for again.
  return other.kind === "selection" && String(one.cut) === String(other.cut);
}

function decode(bytes: Uint8Array): readonly Decision[] {
  return JSON.parse(Buffer.from(bytes).toString()) as readonly Decision[];
}
