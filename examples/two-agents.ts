/**
 * Two agents, two frameworks, one task: what one is told, the other knows.
 *
 * A researcher (the official `openai` client) and a planner (a LangChain chat model) work on one trip through the
 * same Express app. Neither knows of the other: their group is the key to what they share. A stranger with another
 * tenant's key asks the same question. No provider key and no network: the built-in extractive model answers, by
 * quoting the sentences that match best.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { ChatOpenAI } from "@langchain/openai";
import express from "express";
import OpenAI from "openai";
import { createPromptCompiler } from "prompt-compiler";
import { pcMiddleware } from "prompt-compiler/express";

const compiler = createPromptCompiler();
const app = express();
app.use(
  pcMiddleware({
    compiler,
    keys: [
      { key: "acme-key", tenant: "acme" },
      { key: "globex-key", tenant: "globex" },
    ],
  }),
);
const server = app.listen(0, "127.0.0.1");
await once(server, "listening");
const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;

const notes = `Calls of this week, for the offsite in June.
Harbour hotel, Monday. They are friendly, the lobby is being painted, breakfast is included. The harbour hotel holds
eleven rooms for us until 14 May, and wants a deposit of 400 euros by 2 May. The conference room has a projector but
no whiteboard; we would bring our own. Parking is free on weekdays. Checkout is at eleven, luggage can stay.
Old mill, Monday. Cheaper by a third, and the garden is lovely, but it has only nine rooms, two of them under the
roof, and no train station nearby. The owner would hold the rooms without a deposit for one week.
Lake house, Tuesday. Fully booked in June; they offered the first week of July instead.
Ferry, Tuesday. The ferry to the island leaves at 9:40 and at 14:10 every day, the crossing takes fifty minutes, groups
above ten get a fifth off if they book a week ahead. The last boat back is at 19:25, on Sundays at 18:00.
Bus company, Wednesday. A bus for sixteen costs 540 euros for the day, driver and fuel included, tolls not.
Kitchen studio, Wednesday. They can take twelve people on Thursday evening; vegetarians are no problem, for nut allergies
they want to know two days before. The price is 58 euros a person with drinks.
Climbing hall, Thursday. Two trainers for three hours cost 260 euros; shoes are extra. They are closed on 19 June.
Museum of trade, Thursday. Free on the first Wednesday of the month; a guided tour in English takes seventy minutes.
Insurance, Friday. Covered as a business trip, but the climbing needs a signed form from everybody.`;
const question = "How much deposit does the harbour hotel want, and by when?";

heading("The researcher, with the openai client, tells what it found");
const researcher = new OpenAI({
  apiKey: "acme-key",
  baseURL,
  defaultHeaders: {
    "X-PC-Agent-ID": "researcher",
    "X-PC-Context-Group": "offsite",
    "X-PC-Context-Share": "true",
  },
});
await researcher.chat.completions.create({
  model: "pc-extractive",
  messages: [
    { role: "system", content: "You keep the notes of the team that plans the offsite." },
    { role: "user", content: `${notes}\n\nWhich hotel has enough rooms?` },
  ],
});
const caller = { tenant: "acme", agentId: "planner", group: "offsite" };
for (const { agentId, role, content } of (await compiler.contexts.list(caller)).items) {
  say("shared", `by ${agentId}, ${role}: ${shorten(content)}`);
}

heading("The planner, with LangChain, asks");
const sharing = await ask("acme-key", { "X-PC-Context-Group": "offsite", "X-PC-Context-Share": "true" });
say("injected", sharing.injected);
say("tokens", `${sharing.tokens}: of ${await sharedTokens()} tokens of shared context, what matches`);
say("answer", sharing.answer);

heading("The planner asks again, with sharing off");
say("answer", (await ask("acme-key", {})).answer);

heading("A stranger of another tenant asks, naming the same group");
const stranger = await ask("globex-key", { "X-PC-Context-Group": "offsite", "X-PC-Context-Share": "true" });
say("injected", stranger.injected);
say("answer", stranger.answer);

heading("A long conversation, compiled to a budget of 300 tokens");
const conversation = Array.from({ length: 40 }, (_, day) => [
  { role: "user" as const, content: `Day ${day}: what did we spend?` },
  {
    role: "assistant" as const,
    content: `On day ${day} the team spent ${170 + day * 3} euros on food and tickets.`,
  },
]).flat();
const { report } = await compiler.compile(
  { messages: [...conversation, { role: "user", content: "How much did we spend on day 17?" }] },
  { maxInputTokens: 300 },
);
const cut = report.segments.filter(({ action }) => action === "cut").length;
say("tokens", `${report.tokensBefore} before, ${report.tokensAfter} after; ${cut} segments cut`);
const evidence = report.segments.find(({ id }) => id === "m35");
say("kept", `the answer of day 17: ${evidence?.action} (${evidence?.reason})`);

server.close();
await compiler.close();

/** One question by the planner, as LangChain asks it; the report comes in the answer's `pc` field. */
async function ask(apiKey: string, headers: Record<string, string>) {
  let tokens = "";
  let injected = "nothing";
  const model = new ChatOpenAI({
    model: "pc-extractive",
    apiKey,
    configuration: {
      baseURL,
      defaultHeaders: { "X-PC-Agent-ID": "planner", ...headers },
      fetch: async (url, init) => {
        const response = await fetch(url, init);
        tokens = `${response.headers.get("x-pc-tokens-before")} before, ${response.headers.get("x-pc-tokens-after")} after`;
        injected = response.headers.get("x-pc-context-ids") || "nothing";
        return response;
      },
    },
  });
  const { text } = await model.invoke(question);
  return { answer: text, tokens, injected };
}

/** What the plainest way to share, all of it in each call, would cost. */
async function sharedTokens(): Promise<number> {
  const { items } = await compiler.contexts.list(caller);
  const messages = items.map(({ content }) => ({ role: "user", content }));
  const { report } = await compiler.compile({ messages });
  return report.tokensBefore;
}

function heading(text: string): void {
  console.log(`\n${text}`);
}

function say(what: string, text: string): void {
  console.log(`  ${what.padEnd(9)} ${text}`);
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
}
