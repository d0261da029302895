import { describe, expect, it } from "vitest";
import { claudeCode } from "../../../src/audit/readers/claude-code.ts";
import { readerFor } from "../../../src/audit/readers/index.ts";
import { ClaudeCodeLog, longSession, usageOf } from "../../fixtures/logs/claude-code.ts";
import { readAll } from "./read.ts";

describe("logs of Claude Code", () => {
  it("are known by any of their lines", () => {
    const lines = [
      { type: "summary", summary: "A title", leafUuid: "uuid-9" },
      { type: "file-history-snapshot", messageId: "uuid-1", snapshot: {} },
      JSON.parse(longSession(1)[0] ?? ""),
    ];

    expect(lines.map((line) => readerFor(line)?.format)).toEqual(Array(3).fill("claude-code"));
  });

  it("count an answer once, whatever lines its blocks are in, with the last usage it is given", () => {
    const log = new ClaudeCodeLog();
    log.user("Read a.ts");
    log.assistant("msg_1", { type: "text", text: "I read it." }, usageOf(0, 900, 5));
    log.assistant("msg_1", { type: "tool_use", id: "toolu_1", name: "Read", input: {} }, usageOf(0, 900, 90));

    const calls = readAll(claudeCode, log.lines);

    expect(calls).toHaveLength(1);
    expect(calls[0]).toMatchObject({
      id: "msg_1",
      session: "session-1",
      line: 2,
      model: "claude-sonnet-4-5-20250929",
      usage: {
        inputTokens: 902,
        cacheReadTokens: 0,
        cacheWriteTokens: 900,
        cacheWrite1hTokens: 0,
        outputTokens: 90,
      },
    });
  });

  it("give a call the path to its answer as its prompt, with results of calls made together in their order", () => {
    const log = new ClaudeCodeLog();
    log.user("Read a.ts and b.ts");
    const a = log.assistant(
      "msg_1",
      { type: "tool_use", id: "toolu_a", name: "Read", input: { f: "a" } },
      usageOf(0, 900),
    );
    const b = log.assistant(
      "msg_1",
      { type: "tool_use", id: "toolu_b", name: "Read", input: { f: "b" } },
      usageOf(0, 900),
    );
    log.user([{ type: "tool_result", tool_use_id: "toolu_a", content: "of a" }], { parent: a });
    log.user([{ type: "tool_result", tool_use_id: "toolu_b", content: "of b" }], { parent: b });
    log.assistant("msg_2", { type: "text", text: "Done." }, usageOf(900, 100));

    const [, second] = readAll(claudeCode, log.lines);

    expect(second?.messages).toMatchObject([
      { role: "user", content: "Read a.ts and b.ts" },
      {
        role: "assistant",
        tool_calls: [{ function: { arguments: '{"f":"a"}' } }, { function: { arguments: '{"f":"b"}' } }],
      },
      { role: "tool", content: "of a" },
      { role: "tool", content: "of b" },
    ]);
  });

  it("leave out what was undone, and what was before a compaction", () => {
    const log = new ClaudeCodeLog();
    const asked = log.user("First");
    log.assistant("msg_1", { type: "text", text: "One." }, usageOf(0, 900));
    log.assistant("msg_2", { type: "text", text: "Again." }, usageOf(0, 900), { parent: asked });
    log.add(
      { type: "system", subtype: "compact_boundary", content: "Conversation compacted" },
      { parent: null },
    );
    log.user("This session goes on from: First.");
    log.assistant("msg_3", { type: "text", text: "Yes." }, usageOf(0, 900));

    const prompts = readAll(claudeCode, log.lines).map(({ messages }) =>
      messages.map(({ content }) => content),
    );

    expect(prompts).toEqual([["First"], ["First"], ["This session goes on from: First."]]);
  });

  it("tell agents beside the main one apart, and count no answer that no model gave", () => {
    const log = new ClaudeCodeLog();
    log.user("Go");
    log.add({
      type: "assistant",
      isSidechain: true,
      agentId: "ad2d877",
      message: {
        id: "msg_1",
        role: "assistant",
        model: "claude-haiku-4-5",
        content: [],
        usage: usageOf(0, 9),
      },
    });
    log.add({
      type: "assistant",
      message: { id: "x", role: "assistant", model: "<synthetic>", content: [] },
    });

    expect(readAll(claudeCode, log.lines).map(({ session }) => session)).toEqual(["session-1/ad2d877"]);
  });

  it("refuse a message that says nothing", () => {
    const reading = claudeCode.open("a.jsonl");

    expect(() => reading.push({ type: "user", uuid: "u", sessionId: "s" }, 1)).toThrow(
      "a line of the user without a message",
    );
  });
});
