/** What gateway tests start from: a compiler that answers by script, a request, and a sink that remembers. */
import type { IncomingMessage } from "node:http";
import type { CallContext } from "../../src/chat.ts";
import type { GatewayOptions } from "../../src/config/gateway-options.ts";
import type { Answer } from "../../src/dispatch.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import type { GatewayBody, GatewayRequest, GatewaySink, HeaderMap } from "../../src/gateway/http.ts";
import type { PromptCompiler } from "../../src/prompt-compiler.ts";
import type { Frame, Reply, WireRequest } from "../../src/wires/wire.ts";

export interface Dispatched {
  readonly request: WireRequest;
  readonly call: CallContext;
  readonly callId: string;
}

export type FakeCompiler = PromptCompiler & { readonly dispatched: Dispatched[] };

/** A compiler whose `dispatch` is the given function; by default it answers `{"ok":true}`. */
export function fakeCompiler(
  dispatch: (call: Dispatched) => Answer | Promise<Answer> = ({ callId }) => answerOf({ callId }),
  rest: Partial<PromptCompiler> = {},
): FakeCompiler {
  const dispatched: Dispatched[] = [];
  const fake = {
    [Symbol.for("prompt-compiler.compiler")]: true,
    dispatched,
    async dispatch(request: WireRequest, call: CallContext = {}, callId = "none") {
      dispatched.push({ request, call, callId });
      return dispatch({ request, call, callId });
    },
    models: async () => [],
    batches: { resume: () => undefined },
    ...rest,
  };
  return fake as unknown as FakeCompiler;
}

export function answerOf(facts: Partial<Answer> = {}): Answer {
  return {
    callId: "req_1",
    deployment: "up",
    sentModel: "m",
    servedModel: "m-2026",
    attempts: 1,
    upstreamMs: 0,
    dropped: [],
    cache: "bypass",
    report: undefined,
    reply: bodyReply('{"ok":true}'),
    ...facts,
  };
}

export function bodyReply(text: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status: 200,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(text),
  };
}

export function framesReply(frames: AsyncIterable<readonly Frame[]>): Reply {
  return { status: 200, headers: { "content-type": "text/event-stream" }, frames };
}

export async function* framesOf(...arrays: (readonly Frame[])[]): AsyncGenerator<readonly Frame[]> {
  yield* arrays;
}

export class FakeSink implements GatewaySink {
  status: number | undefined;
  headers: Readonly<Record<string, string>> = {};
  readonly writes: string[] = [];
  ended = false;
  /** Whether the client keeps up; once false, `drain` lets the writer go on. */
  keepsUp = true;
  #drain: (() => void) | undefined;

  get text(): string {
    return this.writes.join("");
  }

  get json(): unknown {
    return JSON.parse(this.text);
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (this.status !== undefined) throw new Error("the head was sent twice");
    this.status = status;
    this.headers = headers;
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.status === undefined || this.ended) throw new Error("a write outside of an answer");
    this.writes.push(Buffer.from(chunk as string).toString());
    return this.keepsUp;
  }

  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drain = resolve;
    });
  }

  drain(): void {
    this.keepsUp = true;
    this.#drain?.();
  }

  end(chunk?: string | Uint8Array): void {
    if (chunk !== undefined) this.write(chunk);
    this.ended = true;
  }
}

export interface RequestFacts {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: HeaderMap;
  readonly remoteAddress?: string | undefined;
  readonly body?: object | string | Uint8Array;
  readonly parsed?: unknown;
  readonly signal?: AbortSignal;
}

/** A chat completion asked for from this machine, unless told otherwise. */
export function requestOf(facts: RequestFacts = {}): GatewayRequest {
  const { method = "POST", path = "/v1/chat/completions", body = CHAT } = facts;
  const bytes =
    body instanceof Uint8Array ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const read: GatewayBody = "parsed" in facts ? { value: facts.parsed } : { bytes };
  return {
    method,
    path,
    query: facts.query ?? "",
    headers: { host: "127.0.0.1:8787", "content-type": "application/json", ...facts.headers },
    remoteAddress: "remoteAddress" in facts ? facts.remoteAddress : "127.0.0.1",
    basePath: "",
    body: async () => read,
    async *chunks() {
      yield read.bytes ?? Buffer.from(JSON.stringify(read.value));
    },
    signal: facts.signal ?? new AbortController().signal,
    raw: {} as IncomingMessage,
  };
}

export const CHAT = { model: "gpt-x", messages: [{ role: "user", content: "Hi" }] };

/** Sends a request through a gateway over `compiler`, and gives what came back. */
export async function send(
  facts: RequestFacts,
  compiler: PromptCompiler = fakeCompiler(),
  options: GatewayOptions = {},
): Promise<FakeSink> {
  const sink = new FakeSink();
  await start(facts, sink, compiler, options);
  return sink;
}

/** The same, with the sink in the test's hands while it goes on. */
export function start(
  facts: RequestFacts,
  sink: FakeSink,
  compiler: PromptCompiler,
  options: GatewayOptions = {},
): Promise<void> {
  const gateway = createGateway(compiler, options);
  const request = requestOf(facts);
  const route = gateway.route(request.method, request.path);
  if (route === undefined) throw new Error(`${request.method} ${request.path} is not a route`);
  return gateway.handle(route, request, sink);
}
