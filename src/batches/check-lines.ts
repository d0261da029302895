import { askedModels } from "../wires/asked-models.ts";
import { type LineRules, MAX_LINE_BYTES, readLine } from "./batch-line.ts";
import { linesOf } from "./file-lines.ts";
import type { BatchError } from "./objects.ts";

/** Lines that a batch may have. */
export const MAX_LINES = 50_000;

/** A file that is wrong all through is told of no longer than this. */
const MOST_ERRORS = 100;

/** What a file holds: how many lines, and what is wrong with them. With one error, none of them is run. */
export interface CheckedLines {
  readonly total: number;
  readonly errors: readonly BatchError[];
  /** Models that the lines ask for; `undefined`: too many to be of one place, or with others to fall back on. */
  readonly models: readonly string[] | undefined;
}

/** More models than one place has. */
const MOST_MODELS = 64;

/** Looks through a batch's whole input, before anything of it is run. */
export async function checkLines(
  content: AsyncIterable<Uint8Array>,
  rules: LineRules,
): Promise<CheckedLines> {
  const seen = new Set<string>();
  const errors: BatchError[] = [];
  const models = new Set<string>();
  let total = 0;
  let fallsBack = false;
  for await (const line of linesOf(content, MAX_LINE_BYTES)) {
    total += 1;
    if (total > MAX_LINES) {
      errors.push(ofFile("too_many_lines", `The input file has more than ${MAX_LINES} lines.`));
      break;
    }
    const read = readLine(line, rules);
    if ("wrong" in read) {
      errors.push(read.wrong);
    } else if (seen.has(read.customId)) {
      const message = "The custom_id of this line is that of another line; each must be unique.";
      errors.push({ code: "duplicate_custom_id", message, param: "custom_id", line: line.number });
    } else {
      seen.add(read.customId);
      const [model = "auto", ...others] = askedModels(read.body);
      if (models.size <= MOST_MODELS) models.add(model);
      fallsBack ||= others.length > 0;
    }
    if (errors.length === MOST_ERRORS) break;
  }
  if (total === 0) errors.push(ofFile("empty_file", "The input file has no lines."));
  return { total, errors, models: fallsBack || models.size > MOST_MODELS ? undefined : [...models] };
}

/** @param message - of the file as a whole */
export function ofFile(code: string, message: string): BatchError {
  return { code, message, param: "input_file_id", line: null };
}
