/**
 * What every provider must do, against a real upstream. A line's number never changes its meaning.
 *
 *     P1   MUST   end a stream with exactly one terminal frame of its wire
 *     P2   MUST   fail with "malformed-response" when the connection closes before the terminal frame
 *     P3   MUST   yield the same frames wherever the bytes are cut
 *     P4   MUST   report 429 as "rate-limited" with Retry-After in milliseconds
 *     P5   MUST   reject with signal.reason at once when aborted, and close the connection
 *     P6   MUST   close the connection when the consumer stops early
 *     P7   MUST   make one request per call, whatever the answer
 *     P8   MUST   leave the API key out of every error
 *     P9   SHOULD give the same text, finish reason and usage streamed and not
 *     P10  MUST   report a refusal as a ProviderError that holds it byte for byte
 *     P11  MUST   use connections again after a complete answer, streamed or not
 *     P12  MUST   not follow redirects
 *     P13  MUST   report a success without the answer that was asked for as "malformed-response"
 *     P14  MUST   report an upstream that cannot be reached, or breaks off a whole answer, as "network"
 *     P15  MUST   stop reading from an upstream while its consumer does not read
 *     P16  MUST   wait in `close` for what is under way
 */

import { once } from "node:events";
import { createServer } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { ProviderError } from "../../src/errors.ts";
import type { Provider } from "../../src/scheduler/providers/provider.ts";
import { codecFor } from "../../src/wires/index.ts";
import { laterUsage } from "../../src/wires/later-usage.ts";
import type { Frame, Reply, Wire, WireBody } from "../../src/wires/wire.ts";
import { cutAt, failure, json, startUpstream, stream, toEvent, type Upstream } from "../upstream.ts";

export interface ProviderFixtures {
  readonly wire: Wire;
  /** A request for a whole answer, and the same for a stream. */
  readonly request: WireBody;
  readonly streamRequest: WireBody;
  /** A whole answer as the vendor sends it. */
  readonly answer: object;
  /** Complete streams as the vendor sends them, by name; each says what `answer` says. */
  readonly streams: Readonly<Record<string, Uint8Array>>;
  /** Events of a stream that is not complete, after none of them. */
  readonly unfinished: readonly object[];
}

export interface ProviderUnderTest {
  create(baseURL: string, apiKey: string): Provider;
  readonly fixtures: ProviderFixtures;
  /** P3 at every byte, not at some. */
  readonly everyCut?: boolean;
  /** Lines that cannot hold, each with its reason. */
  readonly skip?: Readonly<Record<string, string>>;
}

const KEY = "key-that-must-not-be-seen";

export function describeProvider(
  name: string,
  { create, fixtures, everyCut, skip = {} }: ProviderUnderTest,
): void {
  const { wire, request, streamRequest, answer, streams, unfinished } = fixtures;
  const codec = codecFor(wire);

  const withUpstream = async (
    use: (upstream: Upstream, provider: Provider) => Promise<void>,
  ): Promise<void> => {
    const upstream = await startUpstream();
    const provider = create(upstream.url, KEY);
    try {
      await use(upstream, provider);
    } finally {
      await upstream.close();
      await provider.close?.();
    }
  };

  const ask = (provider: Provider, body: WireBody, signal = new AbortController().signal): Promise<Reply> =>
    provider.send({ wire, body, signal });

  const readAll = async (reply: Reply, frames: Frame[] = []): Promise<Frame[]> => {
    if (reply.frames === undefined) throw new Error("expected frames, got a body");
    for await (const some of reply.frames) {
      expect(some.length).toBeGreaterThan(0);
      frames.push(...some);
    }
    return frames;
  };

  const failureOf = async (work: Promise<unknown>): Promise<ProviderError> => {
    const error = await work.then(
      () => new Error("expected a failure"),
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "PC_PROVIDER_FAILED" });
    return error as ProviderError;
  };

  const asStream = (body: Uint8Array | Uint8Array[]) => ({
    headers: { "content-type": "text/event-stream" },
    body,
  });

  const line = (id: string, sentence: string, test: () => Promise<void>): void => {
    const reason = skip[id];
    it.skipIf(reason !== undefined)(`${id} ${sentence}${reason ? ` (skipped: ${reason})` : ""}`, test);
  };

  const firstStream = Object.values(streams)[0] as Uint8Array;

  describe(`${name}, as a provider`, () => {
    for (const [dialect, bytes] of Object.entries(streams)) {
      line(
        "P1",
        `ends a stream ${dialect} with exactly one terminal frame (wire 29, wire 34, defect 8)`,
        () =>
          withUpstream(async (upstream, provider) => {
            upstream.reply(asStream(bytes));

            const facts = (await readAll(await ask(provider, streamRequest))).map((frame) =>
              codec.inspect(frame),
            );

            expect(facts.filter(({ terminal, last }) => terminal && !last)).toHaveLength(1);
            expect(facts.filter(({ last }) => last).length).toBeLessThanOrEqual(1);
            // The last words may come with it, and none behind it.
            expect(facts.findLastIndex(({ meaningful }) => meaningful)).toBeLessThanOrEqual(
              facts.findIndex(({ terminal }) => terminal),
            );
          }),
      );

      line(
        "P3",
        `yields the same frames of a stream ${dialect}, wherever it is cut (wire 34, defect 15)`,
        () =>
          withUpstream(async (upstream, provider) => {
            upstream.reply(asStream(bytes));
            const expected = await readAll(await ask(provider, streamRequest));
            const step = everyCut ? 1 : 37;

            for (let at = 1; at < bytes.length; at += step) {
              upstream.reply(asStream(cutAt(bytes, at)));
              expect(await readAll(await ask(provider, streamRequest)), `cut at ${at}`).toEqual(expected);
            }
            upstream.reply(asStream(Array.from(bytes, (byte) => Uint8Array.of(byte))));
            expect(await readAll(await ask(provider, streamRequest)), "every byte alone").toEqual(expected);
          }),
      );
    }

    for (const ending of ["end", "cut", "reset"] as const) {
      line(
        "P2",
        `fails as malformed-response when the answer stops in the middle by ${ending} (defect 7)`,
        () =>
          withUpstream(async (upstream, provider) => {
            for (let count = 0; count <= unfinished.length; count++) {
              const part = unfinished.slice(0, count);
              upstream.reply(stream(part, { ending }));
              const frames: Frame[] = [];

              const error = await failureOf(
                ask(provider, streamRequest).then((reply) => readAll(reply, frames)),
              );

              expect(error.kind, `after ${count} events`).toBe("malformed-response");
              // A reset may overtake what was sent before it.
              if (ending !== "reset") expect(frames).toHaveLength(count);
            }
          }),
      );
    }

    line("P2", "fails as malformed-response when an event is cut in half, and does not give the half", () =>
      withUpstream(async (upstream, provider) => {
        const whole = unfinished.map(toEvent).join("");
        upstream.reply({ ...asStream(new TextEncoder().encode(whole.slice(0, -10))), ending: "end" });
        const frames: Frame[] = [];

        const error = await failureOf(ask(provider, streamRequest).then((reply) => readAll(reply, frames)));

        expect(error.kind).toBe("malformed-response");
        expect(frames).toHaveLength(unfinished.length - 1);
      }),
    );

    line("P4", "reports 429 as rate-limited with Retry-After in milliseconds (defect 22)", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply(failure(429, {}, { "retry-after": "2.5" }));

        const error = await failureOf(ask(provider, request));

        expect(error).toMatchObject({ kind: "rate-limited", status: 429, retryAfterMs: 2500 });
      }),
    );

    line("P5", "rejects with signal.reason and makes no request when aborted before (defect 5)", () =>
      withUpstream(async (upstream, provider) => {
        const reason = new Error("changed my mind");

        await expect(ask(provider, request, AbortSignal.abort(reason))).rejects.toBe(reason);

        expect(upstream.requests).toHaveLength(0);
        expect(upstream.connections).toBe(0);
      }),
    );

    for (const [kind, body] of [
      ["streamed", streamRequest],
      ["whole", request],
    ] as const) {
      line(
        "P5",
        `rejects with signal.reason and hangs up while awaiting the headers of a ${kind} answer (defect 1, defect 3, wire 32)`,
        () =>
          withUpstream(async (upstream, provider) => {
            upstream.reply("hang");
            const controller = new AbortController();
            const reason = { not: "an error" };

            const asked = ask(provider, body, controller.signal);
            await upstream.untilRequests(1);
            controller.abort(reason);

            await expect(asked).rejects.toBe(reason);
            await upstream.untilAborted();
          }),
      );
    }

    line("P5", "rejects with signal.reason and hangs up in the middle of a whole answer", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply({
          headers: { "content-type": "application/json" },
          body: '{"half":',
          ending: "stall",
        });
        const controller = new AbortController();

        const asked = ask(provider, request, controller.signal);
        await upstream.untilRequests(1);
        await nextTurn();
        controller.abort("enough");

        await expect(asked).rejects.toBe("enough");
        await upstream.untilAborted();
      }),
    );

    line("P5", "rejects with signal.reason and hangs up in the middle of a stream, dropping what waits", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply(stream(unfinished, { ending: "stall" }));
        const controller = new AbortController();
        const reply = await ask(provider, streamRequest, controller.signal);
        const frames = reply.frames?.[Symbol.asyncIterator]();
        await frames?.next();

        controller.abort("enough");
        const next = frames?.next();

        await expect(next).rejects.toBe("enough");
        expect(await frames?.next()).toMatchObject({ done: true });
        await upstream.untilAborted();
      }),
    );

    line("P5", "rejects a pending read with signal.reason", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply(stream([], { ending: "stall" }));
        const controller = new AbortController();
        const reply = await ask(provider, streamRequest, controller.signal);

        const next = reply.frames?.[Symbol.asyncIterator]().next();
        controller.abort("enough");

        await expect(next).rejects.toBe("enough");
        await upstream.untilAborted();
      }),
    );

    line("P6", "hangs up when the consumer stops early (defect 18)", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply(stream(unfinished, { ending: "stall" }));

        const reply = await ask(provider, streamRequest);
        for await (const _some of reply.frames ?? []) break;

        await upstream.untilAborted();
      }),
    );

    line("P6", "hangs up when the consumer stops while it waits, and settles what waited", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply(stream([], { ending: "stall" }));

        const reply = await ask(provider, streamRequest);
        const frames = reply.frames?.[Symbol.asyncIterator]();
        const waiting = frames?.next();
        await frames?.return?.();

        expect(await waiting).toMatchObject({ done: true });
        await upstream.untilAborted();
      }),
    );

    line("P7", "makes one request per call, whatever the answer (defect 21)", () =>
      withUpstream(async (upstream, provider) => {
        const answers = [429, 500, 503, 408, 409].map((status) =>
          failure(status, {}, { "retry-after": "0" }),
        );

        for (const scripted of [...answers, "cut", "reset", stream([], { ending: "cut" })] as const) {
          const before = upstream.requests.length;
          upstream.reply(scripted);
          await failureOf(ask(provider, streamRequest).then((reply) => readAll(reply)));
          expect(upstream.requests.length - before).toBe(1);
        }
      }),
    );

    line("P8", "leaves the API key out of every error (defect 80)", () =>
      withUpstream(async (upstream, provider) => {
        const echo = { message: `wrong key ${KEY}`, code: KEY };
        const answers = [failure(401, echo), failure(500, echo), json(echo), "cut", "reset"] as const;

        for (const scripted of answers) {
          upstream.reply(scripted);
          const error = await failureOf(ask(provider, streamRequest).then((reply) => readAll(reply)));
          expect(inspect(error, { depth: 10 }) + JSON.stringify(error) + String(error)).not.toContain(KEY);
        }
      }),
    );

    line("P9", "gives the same text and usage streamed and not", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply(json(answer));
        const whole = JSON.parse(new TextDecoder().decode((await ask(provider, request)).body));
        upstream.reply(asStream(firstStream));
        const frames = await readAll(await ask(provider, streamRequest));

        const collector = codec.collectAnswer();
        for (const frame of frames) collector.add(frame);
        const usage = frames.map((frame) => codec.inspect(frame).usage).reduce(laterUsage, undefined);

        expect(collector.answer()).toEqual(codec.answer(whole));
        expect(usage).toEqual(codec.inspectBody(whole).usage);
      }),
    );

    line("P10", "reports a refusal as a ProviderError that holds it byte for byte", () =>
      withUpstream(async (upstream, provider) => {
        const body = '{ "error" : {"message":"né","code":"x"} }\n';
        upstream.reply({
          status: 422,
          headers: { "content-type": "application/json", "set-cookie": "a=b" },
          body,
        });

        const error = await failureOf(ask(provider, streamRequest));

        expect(error.kind).toBe("invalid-request");
        expect(error.reply?.status).toBe(422);
        expect(error.reply?.headers).toEqual({ "content-type": "application/json" });
        expect(new TextDecoder().decode(error.reply?.body)).toBe(body);
      }),
    );

    line("P11", "uses its connections again after complete answers (defect 18, defect 74)", () =>
      withUpstream(async (upstream, provider) => {
        for (const bytes of Object.values(streams)) {
          upstream.reply(asStream(bytes));
          await readAll(await ask(provider, streamRequest));
          upstream.reply(json(answer));
          await ask(provider, request);
          upstream.reply(failure(500));
          await failureOf(ask(provider, request));
        }

        // A second one where the next call comes before the end that follows a stream's last frame.
        expect(upstream.connections).toBeLessThanOrEqual(2);
        expect(upstream.aborted).toBe(0);
      }),
    );

    line("P12", "does not follow a redirect", () =>
      withUpstream(async (upstream, provider) => {
        upstream.reply({ status: 307, headers: { location: `${upstream.url}/elsewhere` } });

        const error = await failureOf(ask(provider, request));

        expect(error).toMatchObject({ kind: "malformed-response", status: 307, reply: undefined });
        expect(upstream.requests).toHaveLength(1);
      }),
    );

    const html = { headers: { "content-type": "text/html" }, body: "<html>hello</html>" };
    line(
      "P13",
      "reports a success without the answer that was asked for as malformed-response (defect 11)",
      () =>
        withUpstream(async (upstream, provider) => {
          const wrong = [
            [request, html],
            [request, { body: "" }],
            [request, { status: 204 }],
            [request, { headers: { "content-type": "application/json" }, body: '{"half":' }],
            [streamRequest, html],
            [streamRequest, json(answer)],
            [streamRequest, { headers: { "content-type": "text/event-stream" }, body: "" }],
            [streamRequest, { body: "<html>" }],
          ] as const;

          for (const [body, scripted] of wrong) {
            upstream.reply(scripted);
            const error = await failureOf(
              ask(provider, body).then(async (reply) => reply.frames && readAll(reply)),
            );
            expect(error.kind).toBe("malformed-response");
            expect(error.reply).toBeUndefined();
          }
        }),
    );

    line("P14", "reports an upstream that breaks off as network", () =>
      withUpstream(async (upstream, provider) => {
        const half = { headers: { "content-type": "application/json" }, body: '{"half":' };

        for (const scripted of [
          "cut",
          "reset",
          { ...half, ending: "cut" },
          { ...half, ending: "reset" },
        ] as const) {
          upstream.reply(scripted);
          expect((await failureOf(ask(provider, request))).kind).toBe("network");
        }
      }),
    );

    line("P14", "reports an upstream that is not there as network", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      server.close();
      await once(server, "close");
      const provider = create(`http://127.0.0.1:${port}`, KEY);

      const error = await failureOf(ask(provider, request));

      expect(error).toMatchObject({ kind: "network", status: undefined, staleConnection: false });
      expect(error.message).toContain("ECONNREFUSED");
      await provider.close?.();
    });

    line("P15", "stops reading while its consumer does not read (defect 19, wire 33)", () =>
      withUpstream(async (upstream, provider) => {
        const event = toEvent({ padding: "x".repeat(64 * 1024) });
        let sent = 0;
        upstream.reply({
          headers: { "content-type": "text/event-stream" },
          body: (function* () {
            for (; ; sent += event.length) yield event;
          })(),
        });

        const reply = await ask(provider, streamRequest);
        const frames = reply.frames?.[Symbol.asyncIterator]();
        await frames?.next();
        let before = -1;
        for (let quiet = 0; quiet < 50 && sent < 256 * 2 ** 20; quiet = sent === before ? quiet + 1 : 0) {
          before = sent;
          await nextTurn();
        }
        await frames?.return?.();

        // What fits into the buffers of both sockets, and no more.
        expect(sent).toBeLessThan(32 * 2 ** 20);
        await upstream.untilAborted();
      }),
    );

    line("P16", "waits in close for what is under way", () =>
      withUpstream(async (upstream, provider) => {
        let release: () => void = () => undefined;
        const held = new Promise<void>((resolve) => {
          release = resolve;
        });
        upstream.reply(async () => {
          await held;
          return json(answer);
        });

        const asked = ask(provider, request);
        await upstream.untilRequests(1);
        const closing = provider.close?.();
        release();

        expect((await asked).status).toBe(200);
        await closing;
        await expect(ask(provider, request)).rejects.toMatchObject({ code: "PC_PROVIDER_FAILED" });
      }),
    );
  });
}
