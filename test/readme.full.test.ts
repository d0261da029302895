import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const blocks = Array.from(
  readFileSync("README.md", "utf8").matchAll(/```ts\n(.*?)```/gs),
  ([, code]) => code ?? "",
);

describe("the code in README.md", () => {
  it("compiles as it stands, at the project's own strictness", () => {
    const folder = resolve("test/.readme");
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const files = blocks.map((code, index) => {
      const path = join(folder, `block-${index + 1}.ts`);
      // Code in a document stands for itself: what it makes and does not use is for the reader.
      writeFileSync(path, `${code}\nexport {};\n`);
      return path;
    });
    const config = ts.readConfigFile("tsconfig.json", ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(
      config.config,
      ts.sys,
      dirname(resolve("tsconfig.json")),
    );

    const program = ts.createProgram(files, { ...options, noUnusedLocals: false });
    const problems = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    rmSync(folder, { recursive: true, force: true });

    expect(blocks.length).toBeGreaterThan(3);
    expect(problems).toEqual([]);
  });
});
