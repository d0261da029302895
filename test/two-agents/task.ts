/**
 * A task of two agents through the gateway, on a real meeting: what a secretary is told, a designer knows. Two clients
 * (OpenAI's and Anthropic's), two wires, one Express app over real sockets; the upstream keeps what it is sent.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import express from "express";
import OpenAI from "openai";
import { pcMiddleware } from "../../src/adapters/express/index.ts";
import { lexicalEmbedder, lexicalRanker } from "../../src/core/index.ts";
import { createPromptCompiler, systemClock } from "../../src/index.ts";
import { extractive } from "../../src/scheduler/index.ts";
import { withSend } from "../../src/scheduler/providers/with-send.ts";

/** One call: who asked what, what its model was sent, and what came back. */
export interface Step {
  readonly agent: string;
  readonly asked: string;
  /** The messages that the upstream got, in full. */
  readonly received: readonly { readonly role: string; readonly content: string }[];
  readonly answer: string;
}

interface Turn {
  readonly speaker: string;
  readonly content: string;
}

/** The turns of the meeting in which the team speaks of the remote control, without what is no word. */
export function meeting(): string {
  const [line = ""] = readFileSync(
    resolve(import.meta.dirname, "../../bench/fixtures/qmsum-1.jsonl"),
    "utf8",
  ).split("\n");
  const { meeting_transcripts: turns } = JSON.parse(line) as {
    readonly meeting_transcripts: readonly Turn[];
  };
  return turns
    .slice(103, 163)
    .map(({ speaker, content }) => ({
      speaker,
      words: content.replaceAll(/\{\w+\}|\b(?:uh|um|h?mm)\b/gi, "").trim(),
    }))
    .filter(({ words }) => /\w/.test(words))
    .map(
      ({ speaker, words }) => `${speaker}: ${words.replaceAll(/\s+/g, " ").replaceAll(/ ([.,?!])/g, "$1")}`,
    )
    .join("\n");
}

export const SYSTEM = {
  secretary: "You keep the minutes of the project.",
  designer: "You design the remote control. Be brief.",
};

export const QUESTIONS = {
  secretary: "What was said of big buttons?",
  designer: "How should the remote control be made, so that it does not break when somebody drops it?",
};

const GROUP = "remote control";

/** Does the task. @returns the calls in their order: the secretary's, the designer's, and the same without sharing */
export async function doTask(): Promise<readonly Step[]> {
  const received: Step["received"][] = [];
  const at = Date.parse("2026-05-04T09:00:00Z");
  const clock = { now: () => at, sleep: systemClock.sleep };
  const model = extractive({
    ranker: lexicalRanker(),
    embedder: lexicalEmbedder(),
    clock,
    random: () => 0.5,
  });
  const provider = withSend(model, (attempt) => {
    received.push((attempt.body as { readonly messages: Step["received"] }).messages);
    return model.send(attempt);
  });
  const compiler = createPromptCompiler({
    // Under a name of its own, since the built-in model would take its turn under the other.
    deployments: [{ id: "up", model: "quoting", sentModel: "pc-extractive", provider }],
    clock,
  });
  const app = express();
  app.use(pcMiddleware({ compiler, keys: [{ key: "acme-key", tenant: "acme" }] }));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const headers = (agent: string, share: string) => ({
    "X-PC-Agent-ID": agent,
    "X-PC-Context-Group": GROUP,
    "X-PC-Context-Share": share,
  });

  async function secretary(): Promise<string> {
    const client = new OpenAI({
      baseURL: `${url}/v1`,
      apiKey: "acme-key",
      defaultHeaders: headers("secretary", "true"),
    });
    const { choices } = await client.chat.completions.create({
      model: "quoting",
      messages: [
        { role: "system", content: SYSTEM.secretary },
        { role: "user", content: `${meeting()}\n\n${QUESTIONS.secretary}` },
      ],
    });
    return choices[0]?.message.content ?? "";
  }

  async function designer(share: string): Promise<string> {
    const client = new Anthropic({
      baseURL: url,
      apiKey: "acme-key",
      defaultHeaders: headers("designer", share),
    });
    const { content } = await client.messages.create({
      model: "quoting",
      max_tokens: 200,
      system: SYSTEM.designer,
      messages: [{ role: "user", content: QUESTIONS.designer }],
    });
    return content.map((block) => (block.type === "text" ? block.text : "")).join("");
  }

  try {
    const calls: readonly (readonly [agent: keyof typeof SYSTEM, ask: () => Promise<string>])[] = [
      ["secretary", secretary],
      ["designer", () => designer("read")],
      ["designer", () => designer("false")],
    ];
    const steps: Step[] = [];
    for (const [agent, ask] of calls) {
      const answer = await ask();
      steps.push({ agent, asked: QUESTIONS[agent], received: received.at(-1) ?? [], answer });
    }
    return steps;
  } finally {
    server.close();
    server.closeAllConnections();
    await compiler.close();
  }
}
