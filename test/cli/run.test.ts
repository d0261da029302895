import { describe, expect, it } from "vitest";
import { run } from "../../src/cli/run.ts";
import { recordedTerminal } from "./terminal.ts";

const ASCII = /^[\x20-\x7e\n]*$/;

describe("run", () => {
  it.each([[[]], [["--help"]], [["-h"]], [["help"]]])("teaches with %j", async (args) => {
    const terminal = recordedTerminal();

    const code = await run(args, terminal);

    const told = terminal.printed.join("\n");
    expect(code).toBe(0);
    for (const word of ["serve", "compile", "audit", "config check", "OPENAI_API_KEY", "PC_API_KEYS"])
      expect(told).toContain(word);
    expect(told).toMatch(ASCII);
  });

  it.each(["serve", "compile", "audit", "config check"])(
    "teaches %s, in lines of at most 90 ASCII characters",
    async (command) => {
      const terminal = recordedTerminal();

      await run([...command.split(" "), "--help"], terminal);

      const told = terminal.printed.join("\n");
      expect(told).toContain(`Usage: prompt-compiler ${command}`);
      expect(told).toMatch(ASCII);
      expect(Math.max(...told.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(90);
    },
  );

  it("prints the version of the package", async () => {
    const terminal = recordedTerminal();

    await run(["--version"], terminal);

    expect(terminal.printed.join()).toBe("1.2.3");
  });

  const unknown: readonly [readonly string[], string][] = [
    [["sevre"], 'unknown command "sevre", did you mean "serve"?; see prompt-compiler --help'],
    [
      ["conifg", "check"],
      'unknown command "conifg", did you mean "config check"?; see prompt-compiler --help',
    ],
    [["config"], 'unknown command "config", did you mean "config check"?; see prompt-compiler --help'],
    [["dance"], 'unknown command "dance"; see prompt-compiler --help'],
    [
      ["serve", "--prot", "1"],
      "Unknown option '--prot', did you mean --port?; see prompt-compiler serve --help",
    ],
    [["serve", "--port"], "Option '--port <value>' argument missing; see prompt-compiler serve --help"],
    [["serve", "--host", "0.0.0.0"], "nothing says who may call: set PC_API_KEYS=tenant=key"],
    [["serve", "--port", "70000"], '--port must be an integer from 0 to 65535, got "70000"'],
    [["config", "check", "all"], "Unexpected argument 'all'"],
  ];

  it.each(unknown)("refuses %j as the user's mistake", async (args, message) => {
    await expect(run(args, recordedTerminal())).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining(message),
    });
  });
});
