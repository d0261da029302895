import { expect } from "vitest";
import type { ChatMessage, ChatRequest } from "../../src/chat.ts";
import { createPromptCompiler, type PromptCompiler } from "../../src/index.ts";
import { responseCache } from "../../src/scheduler/index.ts";
import { parseKey } from "../../src/storage/key.ts";
import type { Storage } from "../../src/storage/storage.ts";

/** Words that are in nothing but what is forgotten; their stems are themselves. */
const WORD = /quokka|zanzibar/i;

const tenant = "acme";
const planner = { tenant, agentId: "planner", group: "trip", share: true, sessionId: "monday" } as const;
const scout = { tenant, agentId: "scout", group: "trip", share: "read", sessionId: "tuesday" } as const;

/** What makes the caches keep an answer. */
const REPEATABLE: object = { temperature: 0 };

/** Where words of a call come to lie. */
const ROOMS = ["items", "item-terms", "originals", "frozen", "injections", "cached-answers"];

/** Keeps words in every room there is, through the public entry. */
async function spreadWords(compiler: PromptCompiler): Promise<{ readonly itemId: string }> {
  const messages: ChatMessage[] = [];
  for (let turn = 0; turn < 12; turn++) {
    messages.push({
      role: "user",
      content: `Turn ${turn}: the quokka of Zanzibar eats leaf number ${turn * 7919}.`,
    });
    const request: ChatRequest = { messages, ...REPEATABLE };
    const { choices } = await compiler.chat(request, { ...planner, maxInputTokens: 900, cache: "default" });
    messages.push({ role: "assistant", content: choices[0]?.message.content ?? "" });
  }
  const { id } = await compiler.contexts.add(
    { content: "A quokka was seen in Zanzibar.", title: "Quokka" },
    planner,
  );
  await compiler.contexts.grant({ owner: "group:trip", reader: "agent:scout" }, { tenant });
  await compiler.contexts.add(
    { content: "The ferry leaves at nine." },
    { tenant: "other", agentId: "planner", group: "trip" },
  );
  await compiler.chat({ messages: [{ role: "user", content: "Where was the animal seen?" }] }, scout);
  return { itemId: id };
}

/** The rooms in which a word stands. */
async function roomsWithWords(storage: Storage): Promise<readonly string[]> {
  const rooms = new Set<string>();
  for await (const [key, value] of storage.range({ start: "", end: "\u{10ffff}" })) {
    if (WORD.test(key) || WORD.test(Buffer.from(value).toString())) rooms.add(parseKey(key)[0] ?? "");
  }
  return [...rooms].sort();
}

/** One place that can be opened again and looked at raw. */
export interface ResiduePlace {
  open(): Storage;
  /** Everything that is stored, as bytes, whatever it means. */
  raw(): Promise<Buffer>;
}

/** Forgets a tenant, and looks for its words in what is left. */
export async function expectNoResidue({ open, raw }: ResiduePlace): Promise<void> {
  const storage = open();
  const compiler = createPromptCompiler({ storage, cache: responseCache() });
  await spreadWords(compiler);
  const rooms = await roomsWithWords(storage);

  const receipt = await compiler.contexts.forget({ tenant: true }, { tenant });
  const left = await roomsWithWords(storage);
  await compiler.close();

  expect(rooms).toEqual(expect.arrayContaining(ROOMS));
  expect(receipt.items).toBeGreaterThan(12);
  expect(left).toEqual([]);
  const bytes = await raw();
  expect(bytes.includes("The ferry leaves at nine.")).toBe(true);
  for (const trace of ["quokka", "Quokka", "zanzibar", "Zanzibar", "monday", "scout"]) {
    expect(around(bytes, trace), `"${trace}" in what is stored`).toBe("");
  }
}

/** What stands around a trace; empty: it is not there. */
function around(bytes: Buffer, trace: string): string {
  const at = bytes.indexOf(trace);
  return at < 0 ? "" : bytes.subarray(Math.max(0, at - 40), at + 40).toString("latin1");
}
