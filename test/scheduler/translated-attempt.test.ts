import { describe, expect, it } from "vitest";
import type { Provider } from "../../src/scheduler/providers/provider.ts";
import type { Frame, WireBody } from "../../src/wires/wire.ts";
import { chunksOf, completion } from "../chat-shapes.ts";
import { givenCall, givenScheduler } from "./given.ts";

/** Speaks chat and nothing else; remembers what it was asked. */
function chatOnly(frames: () => AsyncIterable<readonly Frame[]>) {
  const asked: WireBody[] = [];
  const provider: Provider = {
    name: "chat-only",
    wires: ["chat"],
    rejects: ["user"],
    async send({ body }) {
      asked.push(body);
      return body["stream"] === true
        ? { status: 200, headers: {}, frames: frames() }
        : { status: 200, headers: {}, body: Buffer.from(JSON.stringify(completion("Hello"))) };
    },
  };
  return { provider, asked };
}

const body = { model: "m", prompt: "Say hello", suffix: "!", user: "u" };
const call = (stream: boolean) =>
  givenCall({
    wire: "completions",
    stream,
    requestFor: () => ({ wire: "completions", body: { ...body, ...(stream && { stream }) } }),
  });

async function* arriving(...data: readonly string[]): AsyncGenerator<readonly Frame[]> {
  for (const each of data) yield [{ data: each }];
}

const chunks = chunksOf("Hello there").map((chunk) =>
  typeof chunk === "string" ? chunk : JSON.stringify(chunk),
);

describe("an attempt at a deployment that speaks another wire", () => {
  it("asks in the deployment's wire and answers in the caller's, naming everything that was left out", async () => {
    const { provider, asked } = chatOnly(() => arriving());
    const { scheduler } = givenScheduler([provider]);

    const { reply, dropped } = await scheduler.run(call(false));

    expect(asked).toEqual([{ model: "m", messages: [{ role: "user", content: "Say hello" }] }]);
    expect(JSON.parse(Buffer.from(reply.body ?? []).toString())).toMatchObject({
      object: "text_completion",
      choices: [{ text: "Hello" }],
    });
    expect(dropped).toEqual(["suffix", "user"]);
  });

  it("translates frame by frame", async () => {
    const { provider } = chatOnly(() => arriving(...chunks));
    const { scheduler, inFlight } = givenScheduler([provider]);

    const { reply } = await scheduler.run(call(true));
    const texts: string[] = [];
    for await (const frames of reply.frames ?? []) {
      for (const { data } of frames)
        if (data !== "[DONE]") texts.push(JSON.parse(data).choices[0]?.text ?? "");
    }

    expect(texts.join("")).toBe("Hello there");
    expect(inFlight()).toBe(0);
  });

  it("finds an error inside a 200, before the commit point, and goes on to the next", async () => {
    const broken = chatOnly(() => arriving('{"error":{"message":"overloaded","code":"503"}}'));
    const well = chatOnly(() => arriving(...chunks));
    const { scheduler } = givenScheduler([broken.provider, well.provider]);

    const answer = await scheduler.run(call(true));
    await answer.reply.frames?.[Symbol.asyncIterator]().return?.();

    expect([answer.deployment, answer.attempts]).toEqual(["b", 2]);
  });

  it("closes the upstream where the caller leaves", async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<readonly Frame[]> {
      try {
        for (;;) yield [{ data: chunks[1]! }];
      } finally {
        closed = true;
      }
    }
    const { scheduler, inFlight } = givenScheduler([chatOnly(endless).provider]);
    const { reply } = await scheduler.run(call(true));

    const frames = reply.frames![Symbol.asyncIterator]();
    await frames.next();
    await frames.return?.();

    expect([closed, inFlight()]).toEqual([true, 0]);
  });
});
