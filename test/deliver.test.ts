import { describe, expect, it, vi } from "vitest";
import type { CompileReport } from "../src/core/report.ts";
import { type Delivery, deliver } from "../src/deliver.ts";
import { codecFor } from "../src/wires/index.ts";
import type { Frame } from "../src/wires/wire.ts";

const text = frame({ choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: null }] });
const finish = frame({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
const usage = frame({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } });
const done: Frame = { data: "[DONE]" };
const garbled: Frame = { data: '{"choices":[{"del' };
const report: CompileReport = {
  tokensBefore: 9,
  tokensAfter: 4,
  predictedCachedTokens: 0,
  maxInputTokens: 5,
  tokenizer: "o200k_base",
  segments: [],
};

describe("deliver, of a stream", () => {
  it("passes frames on as they came, in the arrays they came in", async () => {
    const delivered = await collect(deliverFrames(from([[text], [finish, done]]), delivery()));

    expect(delivered).toEqual([[text], [finish], [done]]);
  });

  it("takes the usage frame out again where the caller did not ask for it (wire 23, defect 69)", async () => {
    const frames = [[text], [finish, usage, done]];

    const unasked = await collect(deliverFrames(from(frames), delivery()));
    const asked = await collect(deliverFrames(from(frames), delivery({ wantsUsage: true })));

    expect(unasked.flat()).toEqual([text, finish, done]);
    expect(asked.flat()).toEqual([text, finish, usage, done]);
  });

  it("adds the sentinel that an upstream left out (wire 29)", async () => {
    const delivered = await collect(deliverFrames(from([[text, finish]]), delivery()));

    expect(delivered.flat()).toEqual([text, finish, done]);
  });

  it("puts the report before the sentinel", async () => {
    const delivered = await collect(deliverFrames(from([[text, finish, done]]), delivery({ report })));

    expect(JSON.parse(delivered.flat().at(-2)?.data ?? "")).toMatchObject({ choices: [], pc: report });
    expect(delivered.flat().at(-1)).toEqual(done);
  });

  it("captures the whole answer before the end is handed on", async () => {
    const capture = vi.fn(async () => undefined);
    const delivered: Frame[] = [];

    for await (const frames of deliverFrames(from([[text], [text, finish, done]]), delivery({ capture }))) {
      if (frames.includes(done)) expect(capture).toHaveBeenCalledOnce();
      delivered.push(...frames);
    }

    expect(capture).toHaveBeenCalledWith(expect.objectContaining({ role: "assistant", text: "HelloHello" }));
    expect(delivered.at(-1)).toEqual(done);
  });

  it("captures the request alone when the stream is cut, and says that the call failed", async () => {
    const capture = vi.fn(async () => undefined);
    const end = vi.fn();

    const delivering = collect(deliverFrames(cutAfter([[text]]), delivery({ capture, end })));

    await expect(delivering).rejects.toThrow("cut");
    expect(capture.mock.calls).toEqual([[undefined]]);
    expect(end.mock.calls).toEqual([["failed", undefined]]);
  });

  it("throws where the upstream reports an error between its frames (defect 8)", async () => {
    const delivered: Frame[] = [];
    const delivering = async (): Promise<void> => {
      for await (const frames of deliverFrames(
        from([[text, frame({ error: { code: 529 } })], [done]]),
        delivery(),
      )) {
        delivered.push(...frames);
      }
    };

    await expect(delivering()).rejects.toMatchObject({ code: "PC_PROVIDER_FAILED", kind: "overloaded" });
    expect(delivered).toEqual([text]);
  });

  it("leaves out an event that cannot be read, and says so: the answer goes on (defect 17)", async () => {
    const onLeftOut = vi.fn();
    const end = vi.fn();
    const frames = from([[text], [garbled, text], [finish, done]]);

    const delivered = await collect(deliverFrames(frames, delivery({ onLeftOut, end })));

    expect(delivered).toEqual([[text], [text], [finish], [done]]);
    expect(onLeftOut.mock.calls).toMatchObject([[{ kind: "malformed-response" }]]);
    expect(end.mock.calls).toEqual([["succeeded", undefined]]);
  });

  it("breaks off at the fourth event that cannot be read: there is a limit (defect 17)", async () => {
    const onLeftOut = vi.fn();
    const frames = from([[text, garbled], [garbled, garbled, garbled, text], [done]]);

    const delivering = collect(deliverFrames(frames, delivery({ onLeftOut })));

    await expect(delivering).rejects.toMatchObject({ kind: "malformed-response" });
    expect(onLeftOut).toHaveBeenCalledTimes(3);
  });

  it("calls an end that the caller wanted a cancellation", async () => {
    const leaving = vi.fn();
    const aborting = vi.fn();
    const controller = new AbortController();

    for await (const _frames of deliverFrames(from([[text], [finish]]), delivery({ end: leaving }))) break;
    controller.abort();
    const cut = deliverFrames(cutAfter([[text]]), delivery({ end: aborting, signal: controller.signal }));
    await collect(cut).catch(() => undefined);

    expect(leaving.mock.calls).toEqual([["cancelled", undefined]]);
    expect(aborting.mock.calls).toEqual([["cancelled", undefined]]);
  });

  it("closes the upstream when the caller stops early", async () => {
    let closed = false;
    async function* upstream() {
      try {
        yield [text];
        yield [finish];
      } finally {
        closed = true;
      }
    }

    for await (const _frames of deliverFrames(upstream(), delivery())) break;

    expect(closed).toBe(true);
  });
});

describe("deliver, of a whole answer", () => {
  const answer = '{"id":"x", "n":1.0, "choices":[{"message":{"role":"assistant","content":"Hi"}}]}';

  it("keeps every byte of an answer to a call that asked for nothing", async () => {
    const bytes = Buffer.from(answer);

    expect(await deliverBody(bytes, delivery())).toBe(bytes);
  });

  it("captures the answer, and adds the report behind the upstream's own fields", async () => {
    const capture = vi.fn(async () => undefined);

    const delivered = await deliverBody(Buffer.from(answer), delivery({ capture, report }));

    expect(capture).toHaveBeenCalledWith(expect.objectContaining({ text: "Hi" }));
    expect(Buffer.from(delivered).toString()).toBe(`${answer.slice(0, -1)},"pc":${JSON.stringify(report)}}`);
  });
});

function delivery(facts: Partial<Delivery> = {}): Delivery {
  const codec = codecFor("chat");
  const { signal } = new AbortController();
  return {
    codec,
    deployment: "up",
    wantsUsage: false,
    report: undefined,
    capture: undefined,
    onLeftOut: () => undefined,
    signal,
    end: () => undefined,
    ...facts,
  };
}

function frame(chunk: object): Frame {
  return {
    data: JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", ...chunk }),
  };
}

async function deliverBody(body: Uint8Array, facts: Delivery): Promise<Uint8Array> {
  return (await deliver({ status: 200, headers: {}, body }, facts)).body!;
}

async function* deliverFrames(frames: AsyncIterable<readonly Frame[]>, facts: Delivery) {
  yield* (await deliver({ status: 200, headers: {}, frames }, facts)).frames!;
}

async function* from(arrays: readonly (readonly Frame[])[]) {
  yield* arrays;
}

async function* cutAfter(arrays: readonly (readonly Frame[])[]) {
  yield* arrays;
  throw new Error("cut");
}

async function collect(frames: AsyncIterable<readonly Frame[]>): Promise<(readonly Frame[])[]> {
  const collected: (readonly Frame[])[] = [];
  for await (const array of frames) collected.push(array);
  return collected;
}
