/**
 * Which lines of a log tell of a failure. Rather one too many: a line that only mentions an error costs a few tokens,
 * one that is left out costs the reader the cause.
 *
 *   words       error, failed, exception, assert, warning, …, anywhere in the line, also within a longer word
 *   marks       what test runners set before a failed expectation ("E   ", ">   ") and what a diff of values holds
 *   frames      lines of a stack trace: of Python with the code below each, of JavaScript, Java, Go and Rust
 *   statements  a line that says that a test passed, or failed as expected, is none, whatever the test is called
 */

const WORDS =
  /error|(?<!x)fail|exception|traceback|fatal|panic|assert|abort|crash|denied|refused|time(?:d[ -]?)?out|unable|cannot|can't|could not|not found|no such|undefined|unexpected|invalid|killed|conflict|warn|deprecat|segmentation|core dumped|exit(?:ed)?[ -](?:code|status|with)|npm ERR!/i;

const MARKS = /^(?:E|>|FAIL|[✗✘✖×])\s|^\s*(?:not ok\b|[✗✘✖×]\s|-->\s)|^\s*(?:\d+ )?\|?[ ]*[\^~]+\s*$/;

const FRAMES =
  /^\s*File ".*", line \d+|^\s+at\s.+[:(]|^[\w./\\-]+\.\w+:\d+(?::\d+)?:|^goroutine \d+|^\s+\d+:\s+0x|^Caused by:|^\s+\.\.\. \d+ more/;

const PASSED = /^\s*(?:PASS(?:ED)?|XFAIL|XPASS|SKIP(?:PED)?|ok \d+|--- PASS:|✓|√|✔)(?:\s|$)/;
const PASSED_BEFORE = /\s(?:PASSED|\.\.\. (?:ok|skipped.*|expected failure)|ok)\s*(?:\[\s*\d+%\])?\s*$/;

/** Characters at either end of a line that are looked at for more than words. */
const LINE_ENDS = 200;

const ESCAPE = String.fromCharCode(27);
const COLOURS = new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g");

const HEADING = /^(?:_{3,} .+ _{3,}|-{3,} .+ -{3,}|\s*● .+)\s*$/;

/** Whether a line names the test that the lines below it are about. */
export function isHeading(line: string): boolean {
  return HEADING.test(withoutColours(line));
}

/** For each line: whether it tells of a failure. */
export function failureLines(lines: readonly string[]): readonly boolean[] {
  const plain = lines.map(withoutColours);
  return plain.map((line, index) => {
    const start = line.slice(0, LINE_ENDS);
    if (PASSED.test(start) || PASSED_BEFORE.test(line.slice(-LINE_ENDS))) return false;
    const before = plain[index - 1]?.slice(0, LINE_ENDS) ?? "";
    return WORDS.test(line) || MARKS.test(start) || FRAMES.test(start) || isCodeOfFrame(start, before);
  });
}

function withoutColours(line: string): string {
  return line.includes(ESCAPE) ? line.replace(COLOURS, "") : line;
}

/** Python writes the code of a frame below it, two columns further in. */
function isCodeOfFrame(line: string, before: string): boolean {
  return /^\s*File ".*", line \d+/.test(before) && /^\s{4}/.test(line);
}
