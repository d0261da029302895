/**
 * What kind of content a text is, surest first:
 *
 *     json    an object or a list, or one a line
 *     diff    most lines stand in hunks
 *     log     a line that only test runners, builds and stack traces write, or many lines that begin as logs do
 *     code    many lines begin or end as code does
 *     table   the same number of commas, tabs or bars in every line
 *     prose   sentences
 *
 * A log goes before code, because what a test runner prints holds code; but numbered lines, as viewers write them, are
 * no log, whatever is in them: a log's compressor would take them apart. `undefined`: none of these; the text is
 * better left alone. At most `READ_LINES` lines are read, spread over the text.
 */
import type { ContentKind } from "./compressor.ts";

const READ_LINES = 400;

/** Beyond this a line says no more about its kind. */
const READ_CHARACTERS = 300;

const NUMBERED = /^\s*\d+(?:\s*[:|│→]|\t)/;

const HUNK =
  /^(?:[+\- ]|@@ |diff |index |--- |\+\+\+ |\\ No newline|(?:new|deleted) file|rename |similarity )|^$/;
const HUNK_START = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/;

/** One such line is enough. */
const LOG_MARK =
  /^(?:=+ .*(?:test session starts|short test summary|in \d+\.\d+s).* =+$|Ran \d+ tests? in |Traceback \(most recent call last\):|collected \d+ items|npm ERR!|FAILED \S+::|BUILD (?:FAILED|SUCCESS)|Tests?:? +\d+ (?:passed|failed)|panic: |goroutine \d+ \[|error\[E\d+\]|make(?:\[\d+\])?: \*\*\*|\s+at .+\(.+:\d+(?::\d+)?\)$)/;

/** Many of them are. */
const LOG_LINE =
  /^(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d|\[?\d\d:\d\d:\d\d|[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b|\S+ - - \[|(?:PASS|PASSED|FAIL|FAILED|SKIPPED|XFAIL|ok|not ok)\s|(?:Requirement already|Collecting|Downloading|Downloaded|Installing|Building|Compiling|Successfully|Get:\d|Fetched|Unpacking|Setting up)\b)|\s(?:\.\.\. )?(?:ok|PASSED|FAILED|ERROR|skipped)\s*(?:\[\s*\d+%\])?$|\[\s*\d+%\]$|^\S+\.py [.FsxXE]+/;

const CODE =
  /^\s*(?:import\b|from \S+ import|#\s*(?:include|define|if|endif)|using |package |export |(?:public|private|protected|static|final|abstract|async|const|let|var|val|def|class|function|fn|func|struct|enum|interface|type|impl|return|if|elif|else|for|while|switch|case|try|except|catch|finally|with|raise|throw|yield|await|assert|break|continue|pass|@\w+)\b|\/\/|\/\*|\*\/|\* |[})\]]+[;,)]*$)|[{;]\s*$|^\s*(?:else|try|do)\s*[:{]|^\s*[\w.[\]]+\s*(?:[-+*/|&]?=|:=)\s*\S|\)\s*:\s*$|^\s+[\w.]+\(.*\)?[,;]?$/;

/** Six words in a row, or a run of letters that is as long, in scripts that write no spaces. */
const SENTENCE =
  /(?:\p{L}[\p{L}\p{M}\d’'-]*[,;:.!?)”"]*\s+[("“]?){6}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}、，。]{16}/u;

/** The kind of a text; `undefined`: none that is known well enough. */
export function detectKind(text: string): ContentKind | undefined {
  if (isJson(text)) return "json";
  const read = readLines(text);
  if (read.length === 0) return undefined;
  const isNumbered = shareOf(read, NUMBERED) > 0.6;
  const lines = isNumbered ? read.map((line) => line.replace(NUMBERED, "")) : read;
  if (lines.some((line) => HUNK_START.test(line)) && shareOf(lines, HUNK) > 0.8) return "diff";
  if (!isNumbered && (lines.some((line) => LOG_MARK.test(line)) || shareOf(lines, LOG_LINE) > 0.3))
    return "log";
  if (isTable(lines)) return "table";
  if (shareOf(lines, CODE) > 0.4) return "code";
  return !isNumbered && shareOf(lines, SENTENCE) > 0.5 ? "prose" : undefined;
}

/** As a whole, or one value a line as far as the first and the last line tell. */
function isJson(text: string): boolean {
  const trimmed = text.trim();
  if (!/^[{[]/.test(trimmed)) return false;
  if (parses(trimmed)) return true;
  const ends = [trimmed.slice(0, trimmed.indexOf("\n")), trimmed.slice(trimmed.lastIndexOf("\n") + 1)];
  return trimmed.includes("\n") && ends.every((line) => /^[{[]/.test(line) && parses(line));
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Lines that are not empty, spread over the text. */
function readLines(text: string): readonly string[] {
  const lines = text.split("\n");
  const step = Math.max(1, lines.length / READ_LINES);
  const read: string[] = [];
  for (let at = 0; at < lines.length; at += step) {
    const line = lines[Math.floor(at)]?.slice(0, READ_CHARACTERS).trimEnd() ?? "";
    if (line !== "") read.push(line);
  }
  return read;
}

function shareOf(lines: readonly string[], pattern: RegExp): number {
  return lines.filter((line) => pattern.test(line)).length / lines.length;
}

const SEPARATORS = [",", "\t", "|", ";"];

/** The same separator the same number of times in nearly every line, and at least five of them. */
function isTable(lines: readonly string[]): boolean {
  if (lines.length < 5) return false;
  return SEPARATORS.some((separator) => {
    const counts = lines.map((line) => line.split(separator).length - 1);
    const usual = counts[0] ?? 0;
    return usual > 0 && counts.filter((count) => count === usual).length > 0.9 * lines.length;
  });
}
