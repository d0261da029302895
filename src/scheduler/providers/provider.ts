import type { Dialect } from "../../wires/dialect.ts";
import type { Reply, Wire, WireBody } from "../../wires/wire.ts";

/**
 * How to talk to one vendor's API. Everything a provider must do is here; `test/contracts/provider.ts` checks it.
 *
 * A provider makes exactly one attempt and keeps no state between calls but its connections: retries, failover,
 * limits and caching are the scheduler's. It fails only with a `ProviderError`, except that it rethrows
 * `signal.reason` as it is; a provider of the host's own may also throw what its vendor's SDK threw
 * (`thrown-failure.ts`). An answer of 400 and above is a failure, with the answer in it as `reply`.
 */
export interface Provider {
  /** Names the vendor or protocol in errors and telemetry, e.g. "openai-compatible". */
  readonly name: string;

  /** The wires this vendor speaks, the best first. A caller's own wire, if among them, is used without translation. */
  readonly wires: readonly Wire[];

  /**
   * One request, one reply: a body, or the frames of a stream as they arrive. Frames that stop before the wire's
   * terminal frame are a "malformed-response" failure, never a short answer. Ending the iteration early closes the
   * connection. `signal` reaches the socket in every phase.
   */
  send(attempt: ProviderAttempt): Promise<Reply>;

  /**
   * Takes a request of a route that nobody here reads, as bytes. It fails as `send` does. Absent: nothing is forwarded to
   * this vendor.
   */
  forward?(request: ForwardedRequest): Promise<ForwardedReply>;

  /**
   * How many tokens the model would read of a request, by the vendor's own count. It is asked in a wire the vendor speaks,
   * and fails as `send` does. Absent: the vendor does not count.
   */
  countTokens?(attempt: ProviderAttempt): Promise<number>;

  /** What the vendor serves, for deployments whose model is a pattern. Absent: the vendor cannot say. */
  listModels?(signal: AbortSignal): Promise<readonly string[]>;

  /** Parameters, by wire field name, that the vendor is known to reject; they are left out and reported. */
  readonly rejects?: readonly string[] | undefined;

  /** How the vendor speaks its wires, where that is not as they are written. Absent: nothing is changed for it. */
  readonly dialect?: Dialect | undefined;

  /** Inputs that one request for embeddings may have. Absent: not known. */
  readonly mostInputs?: number | undefined;

  /** The vendor's own API for many calls with no hurry. Absent: it has none, or it is not to be used. */
  readonly batchApi?: BatchApi | undefined;

  /** Waits for what is under way, then closes the connections. */
  close?(): Promise<void>;
}

export interface ProviderAttempt {
  readonly wire: Wire;
  readonly body: WireBody;
  /** The same request as bytes, if the caller sent bytes: to be sent instead of serialising `body`. */
  readonly source?: Uint8Array | undefined;
  /** Headers of the caller that belong to the wire; names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What of the query of the caller's address belongs to the wire: "beta=true". */
  readonly query?: string | undefined;
  readonly signal: AbortSignal;
}

/** A request of a route that nobody here reads: its bytes go to the vendor. */
export interface ForwardedRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Behind the base URL, with its query if it has one: "/audio/speech". */
  readonly path: string;
  /** The model it is for, as it is sent; `undefined`: it names none. */
  readonly model: string | undefined;
  /** Headers of the caller that go on to the vendor; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parts are sent as they come. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}

/** What came back, as it comes: arrays of chunks that are never empty. Leaving early closes the connection. */
export interface ForwardedReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly chunks: AsyncIterable<readonly Uint8Array[]>;
}

/** How to talk to a vendor's batch API, each method one or two requests. They fail as `send` does. */
export interface BatchApi {
  /**
   * Uploads calls and begins a batch of them.
   *
   * @param calls - with the ids that are to be given back
   * @returns the vendor's id of the batch
   */
  begin(wire: Wire, calls: AsyncIterable<VendorCall>, signal: AbortSignal): Promise<string>;

  /** Where the batch stands. */
  look(id: string, signal: AbortSignal): Promise<VendorBatch>;

  /** Asks for its end; it ends some time after that. */
  cancel(id: string, signal: AbortSignal): Promise<void>;

  /** What came of its calls, of a batch that has ended: a file, in pieces, a JSON line for each call. */
  results(fileId: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** A call of a batch, as the vendor gets it. */
export interface VendorCall {
  readonly customId: string;
  readonly body: WireBody;
}

/** A batch at the vendor's. */
export interface VendorBatch {
  /** "refused": it was not begun, and none of its calls was made. */
  readonly state: "running" | "ended" | "expired" | "refused";
  readonly completed: number;
  readonly failed: number;
  /** Its files with results, once it has ended. */
  readonly files: readonly string[];
}
