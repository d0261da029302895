import { describe, expect, it } from "vitest";
import { compile } from "../../src/cli/compile.ts";
import { recordedTerminal } from "./terminal.ts";

const conversation = [
  { role: "system", content: "You plan trips." },
  ...Array.from({ length: 20 }, (_, day) => [
    { role: "user", content: `What did we spend on day ${day}?` },
    { role: "assistant", content: `On day ${day} the team spent ${100 + day} euros on food and on tickets.` },
  ]).flat(),
  { role: "user", content: "How much did we spend on day 7?" },
];

describe("prompt-compiler compile", () => {
  it("prints a line for every message of a conversation, and what it came to", async () => {
    const terminal = recordedTerminal({ input: JSON.stringify(conversation) });

    const code = await compile.run(["-", "--max-input-tokens", "200"], terminal);

    expect(code).toBe(0);
    expect(terminal.printed[0]).toMatch(/^\d+ tokens before, \d+ after; budget 200; counted as \S+$/);
    expect(terminal.printed[2]).toMatch(/^segment +role +action +tokens +score +reason$/);
    expect(terminal.printed.filter((line) => / cut /.test(line)).length).toBeGreaterThan(0);
    expect(terminal.printed.slice(3)).toHaveLength(conversation.length);
  });

  it("reads JSON behind a byte order mark", async () => {
    const terminal = recordedTerminal({ input: `\uFEFF${JSON.stringify(conversation)}` });

    expect(await compile.run(["-"], terminal)).toBe(0);
  });

  it("keeps everything without a budget", async () => {
    const terminal = recordedTerminal({ input: JSON.stringify(conversation) });

    await compile.run(["-"], terminal);

    expect(terminal.printed[0]).toContain("budget none");
    expect(terminal.printed.filter((line) => / cut /.test(line))).toEqual([]);
  });

  it("prints the compiled request and the report as JSON", async () => {
    const terminal = recordedTerminal({
      input: JSON.stringify({ model: "gpt-5", messages: conversation, user: "u" }),
    });

    await compile.run(["-", "--json", "--max-input-tokens", "200"], terminal);

    const { request, report } = JSON.parse(terminal.printed.join("\n"));
    expect(request).toMatchObject({ model: "gpt-5", user: "u" });
    expect(request.messages.at(-1)).toEqual(conversation.at(-1));
    expect(report.tokensAfter).toBeLessThanOrEqual(200);
  });

  const mistakes: readonly [readonly string[], string, string][] = [
    [[], "", "compile takes one file, or - for standard input"],
    [["a", "b"], "", "compile takes one file, or - for standard input"],
    [["no-such-file.json"], "", "no-such-file.json"],
    [["-"], "{", "standard input is not valid JSON"],
    [["-"], "{}", "messages"],
    [["-", "--max-input-tokens", "0"], "[]", '--max-input-tokens must be a positive integer, got "0"'],
    [["-", "--max-input-tokens", "5"], JSON.stringify(conversation), "5"],
    [["-", "--jsno"], "[]", "did you mean --json?; see prompt-compiler compile --help"],
    [["-", "--max-tokens", "5"], "[]", "'--max-tokens', did you mean --max-input-tokens?; see"],
  ];

  it.each(mistakes)("refuses %j as the user's mistake", async (args, input, message) => {
    await expect(compile.run(args, recordedTerminal({ input }))).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining(message),
    });
  });
});
