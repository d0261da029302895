import { describe, expect, it } from "vitest";
import { ProviderError } from "../../src/errors.ts";
import type { Frame } from "../../src/wires/wire.ts";
import { FakeClock } from "../fake-clock.ts";
import { answerOf, bodyReply, FakeSink, fakeCompiler, framesOf, framesReply, send, start } from "./given.ts";

const streamed = { body: { model: "gpt-x", messages: [], stream: true } };
const frame = (data: string): Frame => ({ data });

/** A promise and its ends. */
function gate<T = void>() {
  let open!: (value: T) => void;
  let fail!: (error: unknown) => void;
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open, fail };
}

describe("a whole answer", () => {
  it("is the upstream's bytes and status, with its length", async () => {
    const body = '{ "n": 1.0, "x":"\\u00e9" }';
    const compiler = fakeCompiler(({ callId }) => answerOf({ callId, reply: bodyReply(body) }));

    const sink = await send({}, compiler);

    expect(sink).toMatchObject({ status: 200, text: body, ended: true });
    expect(sink.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(body.length),
    });
  });

  it("is named as the call was, in events and everywhere (wire 51)", async () => {
    const compiler = fakeCompiler();

    const sink = await send({}, compiler);

    expect(sink.headers["x-request-id"]).toMatch(/^req_[0-9a-f]{32}$/);
    expect(compiler.dispatched[0]?.callId).toBe(sink.headers["x-request-id"]);
  });

  it("brings the upstream's limits, and says how long we took ourselves", async () => {
    const clock = new FakeClock();
    const compiler = fakeCompiler(async () => {
      await clock.advance(120);
      return answerOf({ upstreamMs: 100, reply: bodyReply("{}", { "x-ratelimit-limit-requests": "9" }) });
    });

    const sink = await send({}, compiler, { clock });

    expect(sink.headers).toMatchObject({ "x-ratelimit-limit-requests": "9", "x-pc-overhead-ms": "20" });
  });

  it.each([
    ["text/html", "application/json"],
    ["application/json\r\nset-cookie: a=b", "application/json"],
    [undefined, "application/json"],
    ["application/json; charset=utf-8", "application/json; charset=utf-8"],
    ["application/problem+json", "application/problem+json"],
  ])("is JSON for a browser, even where the upstream calls it %s", async (said, told) => {
    const reply = { ...bodyReply('{"x":"<script>"}'), headers: { ...(said && { "content-type": said }) } };

    const sink = await send(
      {},
      fakeCompiler(() => answerOf({ reply })),
    );

    expect(sink.headers["content-type"]).toBe(told);
  });

  it("is told as an error with its own status where its head cannot be written", async () => {
    const sink = new FakeSink();
    const head = sink.head.bind(sink);
    sink.head = (status, headers) => {
      if (status === 200) throw new TypeError("a hook of the host's does not like this");
      head(status, headers);
    };

    await start({}, sink, fakeCompiler());

    expect(sink.status).toBe(500);
    expect(sink.json).toMatchObject({ error: { code: "internal_error" } });
  });

  it("survives a deployment id that is no header value", async () => {
    const sink = await send(
      {},
      fakeCompiler(() => answerOf({ deployment: "ß\r\nx: y" })),
    );

    expect(sink.headers["x-pc-deployment"]).toBe("%C3%9F%0D%0Ax: y");
  });
});

describe("a streamed answer", () => {
  it("has the headers that keep it from being held back (wire 18)", async () => {
    const compiler = fakeCompiler(() => answerOf({ reply: framesReply(framesOf([frame("[DONE]")])) }));

    const sink = await send(streamed, compiler);

    expect(sink.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-pc-deployment": "up",
    });
  });

  it("writes frames that arrived together in one go", async () => {
    const frames = framesOf([frame('{"a":1}'), frame('{"a":2}')], [frame("[DONE]")]);

    const sink = await send(
      streamed,
      fakeCompiler(() => answerOf({ reply: framesReply(frames) })),
    );

    expect(sink.writes).toEqual(['data: {"a":1}\n\ndata: {"a":2}\n\n', "data: [DONE]\n\n"]);
    expect(sink.ended).toBe(true);
  });

  it("names named events, and gives each line of a frame its own data line", async () => {
    const frames = framesOf([{ event: "ping", data: "{}" }, { data: "one\ntwo" }]);

    const sink = await send(
      streamed,
      fakeCompiler(() => answerOf({ reply: framesReply(frames) })),
    );

    expect(sink.text).toBe("event: ping\ndata: {}\n\ndata: one\ndata: two\n\n");
  });

  it("sends no status before the first chunk is there, so that a failure has its own (wire 18)", async () => {
    const answered = gate();
    const sink = new FakeSink();
    const compiler = fakeCompiler(async () => {
      await answered.opened;
      throw new ProviderError("timeout", "x");
    });

    const going = start(streamed, sink, compiler, { clock: new FakeClock() });
    expect(sink.status).toBeUndefined();
    answered.open();
    await going;

    expect(sink.status).toBe(504);
    expect(sink.headers["content-type"]).toBe("application/json");
  });

  it("ends with an error event and no sentinel where the upstream breaks off (wire 28, wire 29, defect 7)", async () => {
    async function* broken() {
      yield [frame('{"a":1}')];
      throw new ProviderError("malformed-response", "cut off");
    }

    const sink = await send(
      streamed,
      fakeCompiler(() => answerOf({ reply: framesReply(broken()) })),
    );

    expect(sink.status).toBe(200);
    expect(sink.writes[0]).toBe('data: {"a":1}\n\n');
    expect(sink.writes[1]).toMatch(/^data: \{"error":\{.*"code":"upstream_malformed_response"\}\}\n\n$/);
    expect(sink.writes).toHaveLength(2);
    expect(sink.ended).toBe(true);
    expect(sink.text).not.toContain("[DONE]");
  });

  it("asks for no more while the client does not keep up (wire 33, defect 19)", async () => {
    let asked = 0;
    async function* frames() {
      for (;;) {
        asked += 1;
        yield [frame(String(asked))];
        if (asked === 3) return;
      }
    }
    const sink = new FakeSink();
    sink.keepsUp = false;

    const going = start(
      streamed,
      sink,
      fakeCompiler(() => answerOf({ reply: framesReply(frames()) })),
    );
    await new FakeClock().advance(1);
    expect(asked).toBe(1);
    sink.drain();
    await going;

    expect(asked).toBe(3);
    expect(sink.ended).toBe(true);
  });

  it("closes the upstream when the client hangs up while it does not keep up", async () => {
    const hangUp = new AbortController();
    let closed = false;
    async function* frames() {
      try {
        for (;;) yield [frame("x")];
      } finally {
        closed = true;
      }
    }
    const sink = new FakeSink();
    sink.keepsUp = false;

    const compiler = fakeCompiler(() => answerOf({ reply: framesReply(frames()) }));
    const going = start({ ...streamed, signal: hangUp.signal }, sink, compiler);
    await new FakeClock().advance(1);
    hangUp.abort();
    sink.drain();
    await going;

    expect(closed).toBe(true);
    expect(sink.writes).toHaveLength(1);
    expect(sink.ended).toBe(false);
  });
});

describe("a stream that waits", () => {
  const wait = { clock: new FakeClock(), keepAliveAfterMs: 15_000 };

  it("gets its 200 and a comment after keepAliveAfterMs, and another each time they pass (wire 31)", async () => {
    const clock = new FakeClock();
    const answered = gate();
    const sink = new FakeSink();
    const compiler = fakeCompiler(async () => {
      await answered.opened;
      return answerOf({ reply: framesReply(framesOf([frame("[DONE]")])) });
    });

    const going = start(streamed, sink, compiler, { ...wait, clock });
    await clock.advance(14_999);
    expect(sink.status).toBeUndefined();
    await clock.advance(1);
    expect(sink.status).toBe(200);
    await clock.advance(15_000);
    answered.open();
    await going;

    expect(sink.writes).toEqual([
      expect.stringMatching(/^: .*\n\n$/),
      expect.stringMatching(/^: .*\n\n$/),
      "data: [DONE]\n\n",
    ]);
    expect(sink.headers["x-request-id"]).toBe(compiler.dispatched[0]?.callId);
    expect(clock.sleeping).toBe(0);
  });

  it("hears of a failure inside the stream from then on", async () => {
    const clock = new FakeClock();
    const answered = gate();
    const sink = new FakeSink();
    const compiler = fakeCompiler(async () => {
      await answered.opened;
      throw new ProviderError("timeout", "x");
    });

    const going = start(streamed, sink, compiler, { ...wait, clock });
    await clock.advance(15_000);
    answered.open();
    await going;

    expect(sink.status).toBe(200);
    expect(sink.writes.at(-1)).toMatch(/^data: \{"error":/);
    expect(sink.ended).toBe(true);
  });

  it("hears of a failure where a whole answer came after all", async () => {
    const clock = new FakeClock();
    const answered = gate();
    const sink = new FakeSink();
    const compiler = fakeCompiler(async () => {
      await answered.opened;
      return answerOf();
    });

    const going = start(streamed, sink, compiler, { ...wait, clock });
    await clock.advance(15_000);
    answered.open();
    await going;

    expect(sink.writes.at(-1)).toMatch(/^data: \{"error":/);
  });

  it.each([
    ["with keepAliveAfterMs: false", streamed, false as const],
    ["where no stream was asked for", {}, 15_000],
  ])("gets no comment %s", async (_name, facts, keepAliveAfterMs) => {
    const clock = new FakeClock();
    const answered = gate();
    const sink = new FakeSink();
    const compiler = fakeCompiler(async () => {
      await answered.opened;
      return answerOf();
    });

    const going = start(facts, sink, compiler, { clock, keepAliveAfterMs });
    await clock.advance(60_000);
    expect(sink.status).toBeUndefined();
    answered.open();
    await going;

    expect(sink.status).toBe(200);
  });

  it("leaves no timer behind once it is answered (defect 4)", async () => {
    const clock = new FakeClock();

    await send(
      streamed,
      fakeCompiler(() => answerOf({ reply: framesReply(framesOf()) })),
      { clock },
    );

    expect(clock.sleeping).toBe(0);
  });
});

describe("a client that is gone", () => {
  it("aborts the call's signal, and gets nothing written (wire 32, defect 3)", async () => {
    const hangUp = new AbortController();
    const sink = new FakeSink();
    const compiler = fakeCompiler(async ({ call }) => {
      hangUp.abort();
      call.signal?.throwIfAborted();
      return answerOf();
    });

    await start({ signal: hangUp.signal }, sink, compiler);

    expect(compiler.dispatched[0]?.call.signal?.aborted).toBe(true);
    expect(sink.status).toBeUndefined();
    expect(sink.ended).toBe(false);
  });
});
