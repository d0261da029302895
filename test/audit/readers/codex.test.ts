import { describe, expect, it } from "vitest";
import { codex } from "../../../src/audit/readers/codex.ts";
import { readerFor } from "../../../src/audit/readers/index.ts";
import { readAll } from "./read.ts";

/** Written by us, by `RolloutLine` and `TokenUsageInfo` of codex-rs/protocol/src/protocol.rs (github.com/openai/codex). */
const line = (type: string, payload: object, second = 0): object => ({
  timestamp: `2026-01-05T09:00:${String(second).padStart(2, "0")}.000Z`,
  type,
  payload,
});
const item = (payload: object): object => line("response_item", payload);
const said = (role: string, text: string): object =>
  item({ type: "message", role, content: [{ type: role === "user" ? "input_text" : "output_text", text }] });
const counted = (last: object, sum: number, second = 0): object =>
  line(
    "event_msg",
    {
      type: "token_count",
      info: { last_token_usage: last, total_token_usage: { total_tokens: sum } },
      rate_limits: null,
    },
    second,
  );
const USAGE = {
  input_tokens: 5000,
  cached_input_tokens: 4096,
  output_tokens: 80,
  reasoning_output_tokens: 30,
  total_tokens: 5080,
};

const head = [
  line("session_meta", {
    id: "0199-a",
    cwd: "/work",
    cli_version: "0.128.0",
    base_instructions: { text: "Be brief." },
  }),
  line("turn_context", { cwd: "/work", model: "gpt-5-codex" }),
];

describe("logs of Codex", () => {
  it("are known by any of their lines", () => {
    expect(head.map((each) => readerFor(each)?.format)).toEqual(["codex", "codex"]);
  });

  it("end a call with its count, and give it all before its answer as its prompt", () => {
    const log = [
      ...head,
      said("user", "List the files."),
      item({ type: "reasoning", summary: [], encrypted_content: "x" }),
      item({ type: "function_call", name: "shell", arguments: '{"command":["ls"]}', call_id: "call_1" }),
      counted(USAGE, 5080, 3),
      item({ type: "function_call_output", call_id: "call_1", output: "a.ts" }),
      said("assistant", "One file: a.ts"),
      counted({ ...USAGE, input_tokens: 5200 }, 10_360, 9),
    ];

    const calls = readAll(codex, log);

    expect(calls).toMatchObject([
      {
        session: "0199-a",
        line: 6,
        at: Date.UTC(2026, 0, 5, 9, 0, 3),
        model: "gpt-5-codex",
        usage: { inputTokens: 5000, cacheReadTokens: 4096, outputTokens: 80, reasoningTokens: 30 },
      },
      { line: 9, usage: { inputTokens: 5200 } },
    ]);
    expect(calls.map(({ messages }) => messages.map(({ role }) => role))).toEqual([
      ["system", "user"],
      ["system", "user", "assistant", "tool"],
    ]);
  });

  it("count nothing twice: the same sum again, or a count of limits alone, is no call", () => {
    const once = [...head, said("user", "Hi"), said("assistant", "Hello"), counted(USAGE, 5080)];
    const again = [said("assistant", "On its way"), counted(USAGE, 5080)];
    const limits = line("event_msg", { type: "token_count", info: null });

    expect(readAll(codex, [...once, counted(USAGE, 5080), ...again, limits])).toHaveLength(1);
  });

  it("go on from what a compaction left", () => {
    const replacement = [
      { type: "message", role: "user", content: [{ type: "input_text", text: "So far: nothing." }] },
    ];
    const log = [
      ...head,
      said("user", "Hi"),
      said("assistant", "Hello"),
      counted(USAGE, 1),
      line("compacted", { message: "", replacement_history: replacement }),
      said("assistant", "On we go"),
      counted(USAGE, 2),
    ];

    const [, second] = readAll(codex, log);

    expect(second?.messages.map(({ content }) => content)).toEqual(["Be brief.", "So far: nothing."]);
  });
});
