/**
 * What Anthropic answers beside text, thinking and calls, for a chat that has few words for it:
 *
 *     a citation of an address     an annotation, as OpenAI's searching models have it
 *     any other citation           `extra_content.anthropic.citations`, with the place in the text that cites
 *     any other block              `extra_content.anthropic.content`: what a tool of the vendor's was asked, and gave
 *
 * The last two are as Anthropic says them. https://platform.claude.com/docs/en/build-with-claude/citations,
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool
 */
import { asArray, asRecord, asString, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** A block of an answer, and where its text begins and ends in all text of the answer. */
export interface PlacedBlock {
  readonly block: WireBody;
  readonly start: number;
  readonly end: number;
}

/** Blocks that a chat has words for, or whose words are for the vendor alone. */
const SAID: ReadonlySet<unknown> = new Set(["text", "thinking", "redacted_thinking", "tool_use"]);

/** The fields of a chat's message that say so; none where there is nothing beside. */
export function toAside(placed: readonly PlacedBlock[]): WireBody {
  const annotations: WireBody[] = [];
  const citations: WireBody[] = [];
  for (const { block, start, end } of placed) {
    for (const citation of asArray(block["citations"]).filter(isRecord)) {
      const place = { start_index: start, end_index: end };
      const url = addressOf(citation);
      if (url === undefined) citations.push({ ...citation, ...place });
      else {
        const title = asString(citation["title"]) ?? url;
        annotations.push({ type: "url_citation", url_citation: { ...place, url, title } });
      }
    }
  }
  const content = placed.map(({ block }) => block).filter(({ type }) => !SAID.has(type));
  const own = { ...(citations.length > 0 && { citations }), ...(content.length > 0 && { content }) };
  return {
    ...(annotations.length > 0 && { annotations }),
    ...(Object.keys(own).length > 0 && { extra_content: { anthropic: own } }),
  };
}

/** What a chat's message still has of such blocks: clients that keep every field send them back. */
export function blocksBeside({ extra_content }: WireBody): readonly WireBody[] {
  const own = asRecord(asRecord(extra_content)?.["anthropic"]);
  return asArray(own?.["content"]).filter(isRecord);
}

function addressOf({ type, url, source }: WireBody): string | undefined {
  const address = type === "search_result_location" ? asString(source) : asString(url);
  return address !== undefined && /^https?:/.test(address) ? address : undefined;
}
