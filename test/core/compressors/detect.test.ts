import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectKind } from "../../../src/core/compressors/detect.ts";

const python = `import os
from typing import Any

class Reader:
    def __init__(self, path: str) -> None:
        self.path = path

    def read(self) -> Any:
        with open(self.path) as file:
            return file.read()
`;

const numbered = python
  .split("\n")
  .map((line, index) => `${index + 1}:${line}`)
  .join("\n");

const pytest = `============================= test session starts ==============================
collected 2 items

tests/test_a.py .F                                                       [100%]

=================================== FAILURES ===================================
    def test_b():
>       assert 1 == 2
E       assert 1 == 2
========================= 1 failed, 1 passed in 0.02s ==========================`;

const diff = `diff --git a/a.py b/a.py
index 111..222 100644
--- a/a.py
+++ b/a.py
@@ -1,3 +1,3 @@
 import os
-x = 1
+x = 2
 print(x)`;

describe("detectKind", () => {
  it.each([
    ["json", "an object", '{"a": [1, 2]}'],
    ["json", "a list over lines", '[\n  {"a": 1},\n  {"a": 2}\n]\n'],
    ["json", "a value a line", '{"a":1}\n{"a":2}\n'],
    ["code", "Python", python],
    [
      "code",
      "Python with line numbers, as a viewer shows it",
      `[File: /a/reader.py (11 lines total)]\n${numbered}`,
    ],
    [
      "code",
      "TypeScript",
      'import { a } from "a";\n\nexport function b(x: number): number {\n  return a(x);\n}\n',
    ],
    ["code", "Go", 'package main\n\nimport "fmt"\n\nfunc main() {\n\tfmt.Println("x")\n}\n'],
    ["log", "pytest's output, which holds code", pytest],
    [
      "log",
      "lines that begin with a time",
      "2026-01-02 10:00:00 a\n2026-01-02 10:00:01 b\n2026-01-02 10:00:02 c",
    ],
    [
      "log",
      "a traceback",
      'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\nValueError: x',
    ],
    ["diff", "git's", diff],
    ["table", "CSV", "a,b,c\n1,2,3\n4,5,6\n7,8,9\n1,1,1\n"],
    ["table", "Markdown's", "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n| 5 | 6 |"],
    ["prose", "English", "The ferry leaves at nine in the morning. It takes about two hours to the island."],
    ["prose", "Chinese", "渡轮每天早上九点从码头出发，大约两个小时后到达岛上，中途不停靠任何港口。"],
    [undefined, "a listing of files", "AUTHORS.rst\nsetup.py\nsrc/\ntests/\nREADME.md"],
    [undefined, "what grep found", "src/a.py:12:import os\nsrc/b.py:3:import os"],
    [undefined, "a word", "Done"],
    [undefined, "nothing", ""],
  ] as const)("says %s of %s", (kind, _what, text) => {
    expect(detectKind(text)).toBe(kind);
  });

  it("says log of no page of numbered lines, even where they hold a traceback", () => {
    const page = pytest.split("\n").map((line, index) => `${index + 1}: ${line}`);

    expect(detectKind(page.join("\n"))).not.toBe("log");
  });

  it("answers for any text", () => {
    fc.assert(fc.property(fc.string(), (text) => void detectKind(text)));
  });
});
