/**
 * One request and its answer on a connection: what undici reports, as a promise of headers and a body. The only place
 * where errors of the transport become ours, and where an abort becomes a closed socket, or a closed stream of HTTP/2:
 *
 *     queued or connecting   the promise rejects at once; when its turn comes, nothing is sent
 *     sent                   the socket or stream is closed, the promise rejects
 *     in the body            the socket or stream is closed, who reads the body is told
 */

import type { Transform } from "node:stream";
import type { Dispatcher } from "undici";
import { type Clock, type StopTimer, startTimer } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import { contentDecoder } from "./content-decoder.ts";
import { keptHeaders } from "./kept-headers.ts";
import { ResponseBody } from "./response-body.ts";

/** An answer whose headers have come. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ResponseBody;
}

/** How long the unwanted rest of an answer may take until its connection is given up. */
const RELEASE_WITHIN_MS = 1000;

type Controller = Dispatcher.DispatchController;

export class Exchange implements Dispatcher.DispatchHandler {
  /** Settles when the headers are there. */
  readonly response: Promise<HttpResponse>;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (reason: unknown) => void;
  /** Who is asked, for messages: "openai-compatible at http://127.0.0.1:8080". */
  readonly #upstream: string;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #isStale: (error: unknown) => boolean;
  readonly #onEnd: () => void;
  #controller: Controller | undefined;
  #body: ResponseBody | undefined;
  #decoder: Transform | undefined;
  /** Ends the wait for the rest of the answer. */
  #stopReleasing: StopTimer | undefined;

  constructor(options: {
    readonly upstream: string;
    readonly signal: AbortSignal;
    readonly clock: Clock;
    /** Whether an error came from a connection that had served before. */
    readonly isStale: (error: unknown) => boolean;
    /** The connection has nothing more to do for this request. */
    readonly onEnd: () => void;
  }) {
    const { promise, resolve, reject } = withResolvers<HttpResponse>();
    this.response = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#upstream = options.upstream;
    this.#signal = options.signal;
    this.#clock = options.clock;
    this.#isStale = options.isStale;
    this.#onEnd = options.onEnd;
    this.#signal.addEventListener("abort", this.#abort, { once: true });
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#signal.aborted) this.#close();
  }

  onResponseStart(
    _controller: Controller,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // "100 continue", "103 early hints": the answer is still to come.
    if (status < 200) return;
    const body = new ResponseBody(this.#upstream, {
      pause: () => {
        this.#controller?.pause();
        this.#decoder?.pause();
      },
      resume: () => {
        this.#decoder?.resume();
        this.#controller?.resume();
      },
      release: this.#release,
      abort: this.#close,
    });
    this.#body = body;
    const encoding = headers["content-encoding"];
    if (encoding !== undefined) this.#decode(String(encoding), body);
    this.#resolve({ status, headers: keptHeaders(headers), body });
  }

  onResponseData(_controller: Controller, chunk: Uint8Array): void {
    if (this.#decoder === undefined) this.#body?.accept(chunk);
    else this.#decoder.write(chunk);
  }

  onResponseEnd(): void {
    this.#settled();
    if (this.#decoder === undefined) this.#body?.finish();
    else this.#decoder.end();
  }

  onResponseError(_controller: Controller, error: Error): void {
    this.#settled();
    const failure = this.#toFailure(error);
    this.#reject(failure);
    this.#body?.fail(failure);
    this.#decoder?.destroy();
  }

  #decode(encoding: string, body: ResponseBody): void {
    const decoder = contentDecoder(encoding);
    if (decoder === "identity") return;
    if (decoder === undefined) {
      this.#reject(this.#malformed(`has the content encoding ${JSON.stringify(encoding.slice(0, 40))}`));
      this.#close();
      return;
    }
    this.#decoder = decoder;
    decoder.on("data", (chunk: Uint8Array) => body.accept(chunk));
    decoder.on("end", () => body.finish());
    decoder.on("error", (cause) => {
      body.fail(this.#malformed("is not what its content encoding says", cause));
      this.#close();
    });
  }

  #malformed(what: string, cause?: unknown): ProviderError {
    return new ProviderError("malformed-response", `the answer of ${this.#upstream} ${what}`, { cause });
  }

  readonly #abort = (): void => {
    const { reason } = this.#signal;
    this.#reject(reason);
    this.#body?.abort(reason);
    this.#close();
  };

  /** The reason stays with us: it is the caller's, and need not be an error. */
  readonly #close = (): void => {
    this.#controller?.abort(new Error("nobody waits for this answer"));
    this.#decoder?.destroy();
  };

  readonly #release = (): void => {
    this.#stopReleasing = startTimer(this.#clock, RELEASE_WITHIN_MS, this.#close);
  };

  #settled(): void {
    this.#signal.removeEventListener("abort", this.#abort);
    this.#stopReleasing?.();
    this.#onEnd();
  }

  #toFailure(cause: Error): ProviderError {
    const code = "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
    const began = this.#body !== undefined;
    const what = began ? "broke off its answer" : "gave no answer";
    const kind = code.startsWith("HPE_") || MALFORMED.has(code) ? "malformed-response" : "network";
    return new ProviderError(kind, `${this.#upstream} ${what}: ${code}`, {
      cause,
      staleConnection: !began && this.#isStale(cause),
    });
  }
}

/** What undici calls an answer that breaks HTTP's rules, beside the parser's own codes. */
const MALFORMED: ReadonlySet<string> = new Set([
  "UND_ERR_HEADERS_OVERFLOW",
  "UND_ERR_RES_CONTENT_LENGTH_MISMATCH",
  "UND_ERR_RES_EXCEEDED_MAX_SIZE",
]);

function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: unknown) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
