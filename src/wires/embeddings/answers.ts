/**
 * Answers of the embeddings wire, taken apart and put together: the vectors of one request among those of several.
 * Vectors go by their index, wherever they stand (K5); usage is divided so that the parts sum to the whole.
 */

import { asArray, asCount, asRecord, isRecord, parseRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";

/** An answer whose vectors are in the order of the inputs. */
export interface EmbeddingAnswer {
  /** Everything but vectors and usage, as it came. */
  readonly rest: WireBody;
  /** Each with what else the vendor says of it; its `index` is its place here. */
  readonly vectors: readonly WireBody[];
  /** Counts by the vendor's own names; `undefined`: none was reported. */
  readonly usage: WireBody | undefined;
}

/** The answer in these bytes; `undefined` if it has not exactly one vector for each of `count` inputs. */
export function readAnswer(bytes: Uint8Array, count: number): EmbeddingAnswer | undefined {
  const body = parseRecord(Buffer.from(bytes).toString());
  if (body === undefined) return undefined;
  const { data, usage, ...rest } = body;
  const given = asArray(data).filter(isRecord);
  const vectors: (WireBody | undefined)[] = new Array(count).fill(undefined);
  for (const vector of given) if (typeof vector["index"] === "number") vectors[vector["index"]] = vector;
  const placed = vectors.filter((vector) => vector !== undefined);
  if (given.length !== count || placed.length !== count) return undefined;
  return { rest, vectors: placed, usage: asRecord(usage) };
}

/** As the wire has it. */
export function writeAnswer({ rest, vectors, usage }: EmbeddingAnswer): Uint8Array {
  const data = vectors.map((vector, index) => ({ ...vector, index }));
  return Buffer.from(JSON.stringify({ ...rest, data, ...(usage && { usage }) }));
}

/**
 * One answer for each group of inputs, in their order.
 *
 * @param groups - how many inputs each has, and how much of the usage is its: any numbers that compare
 */
export function divideAnswer(
  { rest, vectors, usage }: EmbeddingAnswer,
  groups: readonly { readonly count: number; readonly weight: number }[],
): readonly EmbeddingAnswer[] {
  const total = groups.reduce((sum, { weight }) => sum + weight, 0);
  let from = 0;
  let weighed = 0;
  return groups.map(({ count, weight }) => {
    const share = { from: weighed / total, to: (weighed + weight) / total };
    weighed += weight;
    from += count;
    return { rest, vectors: vectors.slice(from - count, from), usage: usage && divideUsage(usage, share) };
  });
}

/** The part of every count between two marks, rounded at the marks: parts side by side sum to the whole. */
function divideUsage(
  usage: WireBody,
  { from, to }: { readonly from: number; readonly to: number },
): WireBody {
  return mapCounts(usage, (count) => Math.round(count * to) - Math.round(count * from));
}

/** One answer of several, in their order; counts are summed. */
export function joinAnswers(answers: readonly EmbeddingAnswer[]): EmbeddingAnswer | undefined {
  const [first] = answers;
  if (first === undefined) return undefined;
  const usages = answers.map(({ usage }) => usage).filter((usage) => usage !== undefined);
  return {
    rest: first.rest,
    vectors: answers.flatMap(({ vectors }) => vectors),
    // A sum with an unknown in it is unknown.
    usage:
      usages.length < answers.length
        ? undefined
        : mapCounts(first.usage ?? {}, (_count, name) =>
            usages.reduce((sum, usage) => sum + (asCount(usage[name]) ?? 0), 0),
          ),
  };
}

function mapCounts(usage: WireBody, change: (count: number, name: string) => number): WireBody {
  return Object.fromEntries(
    Object.entries(usage).map(([name, value]) => {
      const count = asCount(value);
      return [name, count === undefined ? value : change(count, name)];
    }),
  );
}
