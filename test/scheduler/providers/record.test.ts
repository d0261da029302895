import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createPromptCompiler, type ProviderError } from "../../../src/index.ts";
import {
  type Fault,
  faulty,
  type Provider,
  type RecordedAttempt,
  record,
  replay,
  scripted,
} from "../../../src/scheduler/index.ts";
import type { Frame, Reply, WireBody } from "../../../src/wires/wire.ts";
import { FakeClock } from "../../fake-clock.ts";

const request: WireBody = { model: "m", messages: [{ role: "user", content: "Hi" }] };
const never = new AbortController().signal;

/** Everything that can be seen of an attempt, with the moment of each arrival. */
async function observe(provider: Provider, clock: FakeClock, body: WireBody = request): Promise<object> {
  const startedAt = clock.now();
  const at = (): number => clock.now() - startedAt;
  const arrivals: [number, readonly Frame[]][] = [];
  let head = {};
  const watched = (async (): Promise<object> => {
    try {
      const reply: Reply = await provider.send({ wire: "chat", body, signal: never });
      head = { status: reply.status, headers: reply.headers, headAt: at() };
      if (reply.frames === undefined) return { ...head, body: Buffer.from(reply.body).toString("base64") };
      for await (const frames of reply.frames) arrivals.push([at(), frames]);
      return { ...head, arrivals, endedAt: at() };
    } catch (error) {
      const { kind, message, status, retryAfterMs, upstreamCode, staleConnection, reply } =
        error as ProviderError;
      const refusal = {
        kind,
        message,
        status,
        retryAfterMs,
        upstreamCode,
        staleConnection,
        reply: reply && { ...reply, body: Buffer.from(reply.body).toString() },
      };
      return { ...head, arrivals, failedAt: at(), refusal };
    }
  })();
  for (let step = 0; step < 10; step += 1) await clock.advance(1000);
  return watched;
}

function given(provider: (clock: FakeClock) => Provider) {
  const clock = new FakeClock();
  const attempts: RecordedAttempt[] = [];
  const recorder = record(provider(clock), (attempt) => void attempts.push(attempt), { clock });
  // Over JSON, as a file would keep them.
  const replayed = (): Provider => replay(JSON.parse(JSON.stringify(attempts)), { clock });
  return { clock, attempts, recorder, replayed };
}

describe("replay of what record wrote", () => {
  const streamed = { ...request, stream: true };
  const words = { says: "one two three", afterMs: 300, betweenMs: 70 };

  it.each<[string, WireBody, (clock: FakeClock) => Provider]>([
    ["a whole answer", request, (clock) => scripted([{ says: "fine", afterMs: 120 }], { clock })],
    ["a stream", streamed, (clock) => scripted([words], { clock })],
    ["a stream that is cut", streamed, (clock) => scripted([{ ...words, ending: "cut" }], { clock })],
    ["multi-byte text", request, (clock) => scripted(["añb🏃c"], { clock })],
    ["bytes that are no text", request, () => answering(Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d))],
  ])("is the same, byte for byte and moment for moment: %s", async (_what, body, provider) => {
    const { clock, recorder, replayed } = given(provider);

    const original = await observe(recorder, clock, body);

    expect(await observe(replayed(), clock, body)).toEqual(original);
  });

  it.each<Fault>([
    { status: 429, headers: { "retry-after": "2" } },
    { status: 400, body: { error: { message: "no", code: "context_length_exceeded" } } },
    "stale-socket",
    "reset-before-headers",
    "empty-200",
    "error-in-200",
  ])("fails as the upstream failed: %j", async (fault) => {
    const { clock, recorder, replayed } = given((clock) =>
      faulty(scripted(["fine"], { clock }), fault, { clock }),
    );

    const original = await observe(recorder, clock);

    expect(await observe(replayed(), clock)).toEqual(original);
  });

  it("gives the nth asking the nth answer, and the last one again behind it", async () => {
    const { clock, recorder, replayed } = given((clock) => scripted(["one", "two"], { clock }));
    const originals = [await observe(recorder, clock), await observe(recorder, clock)];

    const again = replayed();
    const answers = [await observe(again, clock), await observe(again, clock), await observe(again, clock)];

    expect(answers).toEqual([...originals, originals[1]]);
  });

  it("finds a request whatever the order of its fields", async () => {
    const { clock, recorder, replayed } = given((clock) => scripted(["fine"], { clock }));
    const original = await observe(recorder, clock, { a: { x: 1, y: 2 }, ...request });

    expect(await observe(replayed(), clock, { ...request, a: { y: 2, x: 1 } })).toEqual(original);
  });

  it("does not wait where timing is off", async () => {
    const { clock, attempts, recorder } = given((clock) => scripted([words], { clock }));
    await observe(recorder, clock, streamed);

    const replayed = replay(attempts, { timing: false });
    const reply = await replayed.send({ wire: "chat", body: streamed, signal: never });
    for await (const _ of reply.frames ?? []);

    expect(clock.sleeping).toBe(0);
  });

  it("rejects with the signal's reason in the middle of a wait, and leaves no timer", async () => {
    const { clock, recorder, replayed } = given((clock) => scripted([words], { clock }));
    await observe(recorder, clock, streamed);
    const controller = new AbortController();

    const sending = replayed().send({ wire: "chat", body: streamed, signal: controller.signal });
    controller.abort(new Error("enough"));

    await expect(sending).rejects.toThrow("enough");
    expect(clock.sleeping).toBe(0);
  });

  it("stalls where the recorder's reader left", async () => {
    const { recorder, replayed } = given((clock) => scripted(["one two three"], { clock }));
    const reply = await recorder.send({ wire: "chat", body: streamed, signal: never });
    for await (const _ of reply.frames ?? []) break;
    const controller = new AbortController();

    const again = await replayed().send({ wire: "chat", body: streamed, signal: controller.signal });
    const frames = again.frames?.[Symbol.asyncIterator]();
    await frames?.next();
    const waiting = frames?.next();
    controller.abort(new Error("enough"));

    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("replay", () => {
  it("fails a request that was not recorded, at once and with a clear message", async () => {
    const { clock, recorder, attempts } = given((clock) => scripted(["fine"], { clock }));
    await observe(recorder, clock);
    const compiler = createPromptCompiler({
      deployments: [{ id: "a", model: "m", provider: replay(attempts, { timing: false }) }],
    });

    const other = compiler.chat({ model: "m", messages: [{ role: "user", content: "something else" }] });

    await expect(other).rejects.toMatchObject({
      kind: "invalid-request",
      message:
        'replay: this chat request for model "m" is not among the 1 recorded attempts; record it again',
    });
  });

  it("refuses a recording without an attempt", () => {
    expect(() => replay([])).toThrow("replay: the recording must hold at least one attempt, got none");
  });

  it("names the line of a file that is not a recorded attempt, and does not quote it", () =>
    withFile((path) => {
      writeFileSync(path, '\n{"secret": "words"}\n');

      expect(() => replay(path)).toThrow(
        new TypeError(`replay: line 2 of ${path} is not a recorded attempt`),
      );
    }));
});

describe("record", () => {
  it("writes a line for each attempt, which replay reads from the file", () =>
    withFile(async (path) => {
      const recorder = record(scripted(["one", "two"]), path);
      for (let attempt = 0; attempt < 2; attempt += 1) {
        await recorder.send({ wire: "chat", body: { ...request, stream: false }, signal: never });
      }

      const compiler = createPromptCompiler({
        deployments: [{ id: "a", model: "m", provider: replay(path) }],
      });
      const { choices } = await compiler.chat(request as never);

      expect(readFileSync(path, "utf8").match(/\n/g)).toHaveLength(2);
      expect(choices[0]?.message.content).toBe("one");
    }));

  it("keeps neither keys nor headers (defect 80)", async () => {
    const leaking = answering(Buffer.from("{}"), { "set-cookie": "sesame", "openai-organization": "sesame" });
    const attempts: RecordedAttempt[] = [];
    const recorder = record(leaking, (attempt) => void attempts.push(attempt));
    const refusing = record(
      faulty(leaking, { status: 429, headers: { "x-secret": "sesame", "retry-after": "1" } }),
      (attempt) => void attempts.push(attempt),
    );
    const headers = { authorization: "Bearer sesame", "idempotency-key": "sesame" };

    await recorder.send({ wire: "chat", body: request, headers, signal: never });
    await refusing.send({ wire: "chat", body: request, headers, signal: never }).catch(() => undefined);

    expect(attempts).toHaveLength(2);
    expect(JSON.stringify(attempts)).not.toContain("sesame");
  });

  it("writes nothing of an attempt that was aborted before its answer began", async () => {
    const attempts: RecordedAttempt[] = [];
    const controller = new AbortController();
    const recorder = record(scripted([{ hangs: true }]), (attempt) => void attempts.push(attempt));

    const sending = recorder.send({ wire: "chat", body: request, signal: controller.signal });
    controller.abort(new Error("enough"));

    await expect(sending).rejects.toThrow("enough");
    expect(attempts).toEqual([]);
  });
});

/** A provider that answers with these bytes. */
function answering(body: Uint8Array, headers: Readonly<Record<string, string>> = {}): Provider {
  return { name: "answering", wires: ["chat"], send: async () => ({ status: 200, headers, body }) };
}

async function withFile(use: (path: string) => void | Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "pc-recording-"));
  try {
    await use(join(directory, "recording.jsonl"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
