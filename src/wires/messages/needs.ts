import { asArray, asRecord, isRecord } from "../read.ts";
import type { Need, WireBody, WireOpening } from "../wire.ts";
import { allBlocks, blocksOf } from "./blocks.ts";

/** What a request asks of whoever answers it, besides text. */
export function readNeeds(body: WireBody): readonly Need[] {
  const blocks = asArray(body["messages"])
    .filter(isRecord)
    .flatMap(({ content }) => allBlocks(content));
  const needs: readonly (Need | undefined | false)[] = [
    body["stream"] === true && "streaming",
    asArray(body["tools"]).length > 0 && "tools",
    isRecord(asRecord(body["output_config"])?.["format"]) && "json-schema",
    ...blocks.map(({ type }) => NEED_OF_BLOCK.get(type)),
  ];
  return [...new Set(needs.filter((need) => need !== undefined && need !== false))];
}

const NEED_OF_BLOCK: ReadonlyMap<unknown, Need> = new Map([
  ["image", "vision"],
  ["document", "files"],
]);

/**
 * What a conversation begins with: the system prompt, and the messages up to the first of the user's; `undefined` if nobody
 * asked. Reads one message further than that.
 */
export function readOpening({ system, messages }: WireBody): WireOpening | undefined {
  const said: unknown[] = system === undefined || system === null ? [] : [["system", system]];
  let asked = false;
  for (const { role, content } of asArray(messages).filter(isRecord)) {
    if (asked) return { said, continued: true };
    said.push([role, content]);
    asked = role === "user" && blocksOf(content).every(({ type }) => type !== "tool_result");
  }
  return asked ? { said, continued: false } : undefined;
}
