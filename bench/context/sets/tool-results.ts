/**
 * JSON that tools answered in `tau-bench-*.json`: what of its tokens our notation takes away, and what leaving out white
 * space takes away. Each result is read back and compared.
 */
import { isDeepStrictEqual } from "node:util";
import {
  compactJson,
  createResultCompressor,
  lexicalRanker,
  loadTokenizer,
} from "../../../src/core/index.ts";
import { compileResults } from "../compile-result.ts";
import { type Row, ratioRow } from "../row.ts";
import type { BenchContext } from "../set.ts";

type Episodes = readonly {
  readonly traj: readonly { readonly role: string; readonly content: string | null }[];
}[];

/** The rows of every such file. */
export async function rows({ data, every, onRow }: BenchContext): Promise<readonly Row[]> {
  const tokenizer = await loadTokenizer("gpt-5");
  const compress = createResultCompressor(lexicalRanker());
  const found: Row[] = [];
  for (const file of await data.files(/^tau-bench-airline-.*\.json$/)) {
    const texts = (await file.json<Episodes>())
      .flatMap(({ traj }) => traj)
      .flatMap(({ role, content }) => (role === "tool" && content !== null ? [content] : []))
      .filter((text, index) => index % every === 0 && isObject(text));
    const methods: Readonly<Record<string, (text: string) => string | Promise<string>>> = {
      minify: (text) => JSON.stringify(JSON.parse(text)),
      "prompt-compiler": (text) => compress(text, { tokenizer, isLossyAllowed: false })?.text ?? text,
      compile: compileResults("lossless"),
    };
    for (const [method, shorten] of Object.entries(methods)) {
      const pairs = [];
      for (const text of texts) {
        const short = await shorten(text);
        checkSame(text, compactJson().decompress?.(short) ?? short);
        pairs.push({ whole: tokenizer.count(text), part: tokenizer.count(text) - tokenizer.count(short) });
      }
      const row = ratioRow({ set: file.stem, measure: "tokens removed share", budget: null, method }, pairs);
      onRow(row);
      found.push(row);
    }
  }
  return found;
}

function isObject(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function checkSame(text: string, back: string): void {
  if (!isDeepStrictEqual(JSON.parse(text), JSON.parse(back))) throw new Error(`not the same: ${text}`);
}
