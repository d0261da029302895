import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Tokenizer } from "../../tokenizer.ts";
import type { WireMessage } from "../../wires/wire.ts";
import { injectedTokens } from "../message-tokens.ts";
import { originalOf } from "../passes/freeze.ts";
import { handleOf } from "../sharing/originals.ts";
import { writeBlock } from "./block-text.ts";
import type { Conversation } from "./conversation.ts";
import type { FrozenBlock } from "./decision.ts";
import { writeLedger } from "./ledger.ts";
import type { BlockOrder, WrittenBlock } from "./water.ts";

/** Whose block it is, and what it is written from. */
export interface BlockSource {
  readonly tenant: string;
  readonly messages: readonly WireMessage[];
  readonly conversation: Conversation;
  readonly tokenizer: Tokenizer;
}

export interface BlockWriter {
  /** The block that was ordered: the same order gives the same bytes. */
  write(order: BlockOrder, source: BlockSource): WrittenBlock;
}

/** Of remembered blocks. */
const MEMO_BYTES = 8 * 1024 * 1024;

/** Writes blocks, and remembers them: a dry run, or a call whose block nobody has stored, writes it only once. */
export function createBlockWriter(): BlockWriter {
  const written = new LRUCache<string, WrittenBlock>({
    maxSize: MEMO_BYTES,
    sizeCalculation: ({ text }) => 2 * text.length + 512,
  });
  return {
    write(order, source) {
      const key = keyOf(order, source);
      let block = written.get(key);
      if (block === undefined) {
        block = compose(order, source);
        written.set(key, block);
      }
      return block;
    },
  };
}

function keyOf({ from, to, kept, at, maxTokens, told }: BlockOrder, source: BlockSource): string {
  const { tenant, conversation, tokenizer } = source;
  const before = createHash("sha256").update(told).digest("base64url");
  return JSON.stringify([
    tenant,
    conversation.prefixAt(to),
    from,
    kept,
    at,
    maxTokens,
    before,
    tokenizer.name,
  ]);
}

function compose(
  { from, to, kept, at, covered, maxTokens, told }: BlockOrder,
  { tenant, messages, conversation, tokenizer }: BlockSource,
): WrittenBlock {
  const said = covered
    .filter(({ role }) => role !== "shared")
    .flatMap(({ messages: [...indexes] }) => indexes);
  const lines = writeLedger(
    said.flatMap((index) => messages[index] ?? []),
    { maxTokens, told, tokenizer },
  );
  const count = covered.reduce((sum, segment) => sum + segment.messages.length, 0);
  const handle = handleOf(tenant, originalOf(covered));
  const text = writeBlock(lines, count, handle);
  const block: FrozenBlock = {
    kind: "block",
    from,
    to,
    ...(kept.length > 0 && { kept }),
    at,
    prefix: conversation.prefixAt(to),
    text,
    handle,
  };
  return { ...block, tokens: injectedTokens(text, tokenizer) };
}
