import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compressLog } from "../../../src/core/compressors/log/compress-log.ts";
import { failureLines } from "../../../src/core/compressors/log/failure-lines.ts";
import { focusOn } from "./focus.ts";

const compress = (lines: readonly string[]) => compressLog().compress(lines.join("\n"), focusOn());

const passing = (count: number) =>
  Array.from({ length: count }, (_, index) => `test_case_${index} (suite.Tests) ... ok`);

describe("compressLog", () => {
  it("keeps failures, the first and the last lines, and says what stood between", () => {
    const log = [
      "$ run tests",
      ...passing(40),
      "test_login (suite.Tests) ... FAIL",
      ...passing(30),
      "Ran 71 tests in 2.1s",
      "FAILED (failures=1)",
    ];

    expect(compress(log)?.text).toBe(
      [
        "[Excerpt of a log: 66 of 74 lines left out, marked […from–to]; source unchanged]",
        "$ run tests",
        "test_case_0 (suite.Tests) ... ok",
        "[…3–41: 39 like test_case_… (suite.Tests) ... ok]",
        "test_login (suite.Tests) ... FAIL",
        "[…43–69: 27 like test_case_… (suite.Tests) ... ok]",
        "test_case_27 (suite.Tests) ... ok",
        "test_case_28 (suite.Tests) ... ok",
        "test_case_29 (suite.Tests) ... ok",
        "Ran 71 tests in 2.1s",
        "FAILED (failures=1)",
      ].join("\n"),
    );
  });

  it("says exactly which lines are gone", () => {
    const elided = compress(["start", ...passing(40), "Error: no", ...passing(40), "end"])?.elided;

    expect(elided).toEqual([
      { from: 3, to: 41, unit: "lines" },
      { from: 43, to: 78, unit: "lines" },
    ]);
  });

  it("keeps a failure that is told again once, and says that it was", () => {
    const log = [
      "start",
      ...passing(20),
      "E   ValueError: bad",
      ...passing(20),
      "E   ValueError: bad",
      ...passing(20),
    ];

    const text = compress(log)?.text ?? "";

    expect(text.match(/ValueError/g)).toHaveLength(1);
    expect(text).toContain("1 shown above");
  });

  it("keeps the name of the test that failed above what it says", () => {
    const log = [
      "start",
      ...passing(20),
      "____ test_a ____",
      ...passing(20),
      "____ test_b ____",
      "    x = 1",
      "    y = 2",
      "    z = 30 + 4",
      "E   assert 1 == 2",
      ...passing(20),
    ];

    const text = compress(log)?.text ?? "";

    expect(text).toContain("____ test_b ____");
    expect(text).not.toContain("____ test_a ____");
  });

  it("keeps every line that tells of a failure, unchanged, wherever it stands", () => {
    const failure = fc.constantFrom(
      "E       assert 1 == 2",
      ">       raise ValueError(x)",
      '  File "/a/b.py", line 12, in run',
      "src/a.ts(12,3): error TS2322: Type 'x'",
      "    at Object.<anonymous> (/a/b.js:1:2)",
      "FAILED tests/a.py::b - assert 0",
      "\u001b[31mE   ImportError: no\u001b[0m",
      "npm ERR! code 1",
      "2026-01-01 10:00:00 WARN  disk almost full",
      "Process exited with code 137",
      "Segmentation fault (core dumped)",
      "thread 'main' panicked at src/main.rs:2:5\r",
      "make: *** [Makefile:12: all] Error 2",
    );
    const other = fc.oneof(fc.constantFrom(...passing(20), "", "   ", "collected 12 items"), fc.string());

    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 1, arbitrary: failure }, { weight: 4, arbitrary: other }), {
          minLength: 80,
          maxLength: 200,
        }),
        (lines) => {
          const text = lines.join("\n");
          const all = text.split("\n");
          const output = new Set((compress(lines)?.text ?? text).split("\n"));
          const failures = failureLines(all);
          const lost = all.filter((line, index) => failures[index] && !output.has(line));
          expect(lost).toEqual([]);
        },
      ),
    );
  });

  it("accounts for every line: it is there, or in a range that is said to be gone", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom("error", "ok ok", ...passing(9))), { maxLength: 120 }),
        (lines) => {
          const all = lines.join("\n").split("\n");
          const compressed = compress(lines);
          if (compressed === undefined) return;
          const gone = compressed.elided.flatMap(({ from, to }) =>
            Array.from({ length: to - from + 1 }, (_, index) => from + index),
          );
          const kept = all.filter((_, index) => !gone.includes(index + 1));
          const marks = new Set(
            compressed.elided.map(({ from, to }) => `[…${from === to ? from : `${from}–${to}`}`),
          );
          const shown = compressed.text
            .split("\n")
            .slice(1)
            .filter((line) => !marks.has(line.split(/[\]:]/, 1)[0] ?? ""));
          expect(shown).toEqual(kept);
        },
      ),
    );
  });

  it("leaves what it wrote alone", () => {
    const text = compress(["start", ...passing(50)])?.text ?? "";

    expect(compress(text.split("\n"))).toBeUndefined();
  });

  it("leaves a stack trace whole", () => {
    const trace = [
      "Traceback (most recent call last):",
      ...Array.from({ length: 30 }, (_, index) => `  File "a.py", line ${index}\n    call_${index}()`),
      "ValueError: x",
    ];

    expect(compress(trace)).toBeUndefined();
  });
});

describe("failureLines", () => {
  it.each([
    "test_errors (suite.Tests) ... ok",
    "PASSED tests/test_failure.py::test_error",
    "XFAIL tests/test_a.py::test_b",
    "tests/test_errors.py::test_a PASSED                    [ 50%]",
    "1 passed, 2 xfailed in 0.07s",
  ])("does not take %j for a failure: a test is only called so", (line) => {
    expect(failureLines([line])).toEqual([false]);
  });
});
