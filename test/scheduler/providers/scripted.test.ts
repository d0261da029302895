import { describe, expect, it } from "vitest";
import { ProviderError } from "../../../src/errors.ts";
import { type ScriptedProvider, scripted } from "../../../src/scheduler/providers/scripted.ts";
import type { Reply, WireBody } from "../../../src/wires/wire.ts";
import { FakeClock } from "../../fake-clock.ts";

const request: WireBody = { model: "m", messages: [] };
const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };

const ask = (
  provider: ScriptedProvider,
  body = request,
  signal = new AbortController().signal,
): Promise<Reply> => provider.send({ wire: "chat", body, signal });

const bodyOf = ({ body }: Reply): unknown => JSON.parse(Buffer.from(body ?? []).toString());

async function dataOf({ frames }: Reply, seen: string[] = []): Promise<string[]> {
  for await (const some of frames ?? []) seen.push(...some.map(({ data }) => data));
  return seen;
}

describe("scripted", () => {
  it("gives each attempt its step, and the last step to all that follow", async () => {
    const provider = scripted(["one", { body: { two: 2 } }]);

    expect(bodyOf(await ask(provider))).toMatchObject({
      model: "m",
      choices: [{ message: { content: "one" } }],
    });
    expect(bodyOf(await ask(provider))).toEqual({ two: 2 });
    expect(bodyOf(await ask(provider))).toEqual({ two: 2 });
  });

  it("records what was asked of it", async () => {
    const provider = scripted(["fine"]);
    const headers = { "openai-beta": "x" };

    await provider.send({ wire: "chat", body: request, headers, signal: new AbortController().signal });

    expect(provider.attempts).toMatchObject([{ wire: "chat", body: request, headers }]);
  });

  it("streams what it says word by word, with usage where it is asked for", async () => {
    const provider = scripted([{ says: "good day", usage }]);

    const plain = await dataOf(await ask(provider, { ...request, stream: true }));
    const asked = await dataOf(
      await ask(provider, { ...request, stream: true, stream_options: { include_usage: true } }),
    );

    const chunks = plain.slice(0, -1).map((data) => JSON.parse(data).choices[0]);
    expect(chunks.map(({ delta }) => delta.content)).toEqual(["", "good ", "day", undefined]);
    expect(chunks.at(-1).finish_reason).toBe("stop");
    expect(plain.at(-1)).toBe("[DONE]");
    expect(JSON.parse(asked.at(-2) ?? "")).toMatchObject({ choices: [], usage });
  });

  it("sends frames as they are written", async () => {
    const provider = scripted([{ frames: [{ a: 1 }, "[DONE]"] }]);

    expect(await dataOf(await ask(provider, { ...request, stream: true }))).toEqual(['{"a":1}', "[DONE]"]);
  });

  it("fails by kind, or with the error given", async () => {
    const own = new ProviderError("timeout", "too slow");
    const provider = scripted([{ fails: "rate-limited", retryAfterMs: 2000 }, { fails: own }]);

    await expect(ask(provider)).rejects.toMatchObject({ kind: "rate-limited", retryAfterMs: 2000 });
    await expect(ask(provider)).rejects.toBe(own);
  });

  it("cuts a stream before the frame that completes it", async () => {
    const provider = scripted([{ says: "good day", ending: "cut" }]);
    const seen: string[] = [];

    await expect(
      ask(provider, { ...request, stream: true }).then((reply) => dataOf(reply, seen)),
    ).rejects.toMatchObject({ kind: "malformed-response" });
    expect(seen).toHaveLength(3);
  });

  it("hangs until it is aborted, from the start or in the middle of a stream", async () => {
    const provider = scripted([{ hangs: true }, { says: "x", ending: "hang" }]);
    const first = new AbortController();
    const second = new AbortController();

    const hanging = ask(provider, request, first.signal);
    const seen: string[] = [];
    const streaming = ask(provider, { ...request, stream: true }, second.signal).then((reply) =>
      dataOf(reply, seen),
    );
    first.abort("enough");
    second.abort("more than enough");

    await expect(hanging).rejects.toBe("enough");
    await expect(streaming).rejects.toBe("more than enough");
  });

  it("waits by the clock it is given, and no longer than until the abort", async () => {
    const clock = new FakeClock();
    const provider = scripted([{ frames: [{ a: 1 }, { b: 2 }], afterMs: 100, betweenMs: 10 }], { clock });
    const seen: string[] = [];
    const controller = new AbortController();

    const streaming = ask(provider, { ...request, stream: true }, controller.signal).then((reply) =>
      dataOf(reply, seen),
    );
    await clock.advance(109);
    expect(seen).toEqual([]);
    await clock.advance(1);
    expect(seen).toEqual(['{"a":1}']);
    controller.abort("enough");

    await expect(streaming).rejects.toBe("enough");
    expect(clock.sleeping).toBe(0);
  });

  it("says what it serves only where it was told", async () => {
    const { signal } = new AbortController();

    expect(await scripted(["x"], { models: ["a"] }).listModels?.(signal)).toEqual(["a"]);
    expect(scripted(["x"]).listModels).toBeUndefined();
  });

  it("refuses a script without a step", () => {
    // @ts-expect-error the type demands one step
    expect(() => scripted([])).toThrow("scripted: steps must hold at least one step, got none");
  });
});
