/**
 * State in Redis, for processes that share limits, cooldowns and runs (`redis-runs.ts`).
 *
 *              an operation fails, or takes longer than 50 ms
 *     here ─────────────────────────────────────────────────▶ away
 *      ▲                                                       │ at most once a second a call asks, and waits for nothing
 *      └──────────────── Redis answers: it is told what it missed ───────────┘
 *
 * here   Redis decides: every reservation is one script, so no interleaving of any number of processes exceeds a limit
 * away   each process decides alone: of every limit it has its share, limit ÷ processes that were last known, at least 1.
 *        What it reserved itself while Redis was here counts against it
 *
 * How far over a limit L that can lead, with N processes: not at all in a minute that is away from its beginning, if
 * L ≥ N; in the minute of the change by L·(N−1)/N at most, where one process had used all of L; and each process that
 * starts while Redis is away knows of no other and adds up to L. `status().admittedAlone` counts what was let through
 * that way. When Redis is back the larger counter stands: what it has with what it was not told, or what the process
 * knows, if Redis has forgotten.
 *
 * No call waits longer than 50 ms for Redis, and while it is away none waits. A place that another process gives back is
 * noticed within 100 ms by the first in line: one question a line, not one a call. A process that dies holds its places
 * for 30 s; one that lives says so every 10 s while it holds any. That, and a run that is led, are the only timers.
 */

import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, systemClock } from "../../clock.ts";
import { checkConnection, type RedisConnection, redisName, runScript } from "../../storage/redis.ts";
import { once } from "./key-limits.ts";
import { toCooldowns } from "./redis-cooldowns.ts";
import { RedisRuns } from "./redis-runs.ts";
import { ALIVE_MS, COOL, COOLDOWNS, HEAR, RESERVE, RETURN, SETTLE } from "./redis-scripts.ts";
import { RedisWindow } from "./redis-window.ts";
import type {
  Claim,
  Cooldown,
  Lease,
  LimitOptions,
  Reservation,
  RunPart,
  SharedState,
} from "./shared-state.ts";

export interface RedisStateOptions {
  /** Begins every Redis key. The braces keep all of them in one slot of a cluster. @defaultValue "\{pc\}:" */
  readonly prefix?: string | undefined;
  /** For the wait on Redis; windows and cooldowns are of the server's time. @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/** A state that can say how it is. */
export interface RedisState extends SharedState {
  status(): RedisStateStatus;
}

export interface RedisStateStatus {
  readonly reachable: boolean;
  /** Processes that were last known to share it, this one included. */
  readonly processes: number;
  /** Attempts that this process let through on its own, while Redis was away. */
  readonly admittedAlone: number;
}

/**
 * State shared through Redis.
 *
 * @param connection - a URL ("redis://host:6379/0"; needs the package `ioredis`), or an ioredis client, which stays the
 *   caller's: `close` leaves it open
 */
export function redisState(
  connection: string | RedisConnection,
  options: RedisStateOptions = {},
): RedisState {
  checkConnection("redisState", connection);
  return new StateInRedis(connection, options.prefix ?? "{pc}:", options.clock ?? systemClock);
}

/** How long a call may wait for Redis. */
const PATIENCE_MS = 50;
/** How often Redis is asked whether it is back. */
const PROBE_MS = 1_000;
/** How old what is known of others' cooldowns may be. */
const FRESH_MS = 1_000;
/** When to ask again for a place that another process holds. */
const PLACE_RETRY_MS = 100;
const HEARTBEAT_MS = ALIVE_MS / 3;

const OVER = "no longer needed";
const NONE: ReadonlyMap<string, Cooldown> = new Map();

interface Client {
  readonly connection: RedisConnection;
  close(): Promise<void>;
}

class StateInRedis implements RedisState {
  readonly name: string;
  readonly #connection: string | RedisConnection;
  readonly #prefix: string;
  readonly #clock: Clock;
  /** Unique among all processes that share the Redis, whatever random numbers the host hands in. */
  readonly #process = randomUUID();
  readonly #windows = new Map<string, RedisWindow>();
  readonly #runs: RedisRuns;
  #client: Promise<Client> | undefined;
  #closed = false;
  #away = false;
  #probedAt = 0;
  #processes = 1;
  #admittedAlone = 0;
  #held = 0;
  /** Of the last message that said how many places are held. */
  #message = 0;
  #heartbeat: AbortController | undefined;
  #cooldowns = { at: Number.NEGATIVE_INFINITY, known: Promise.resolve(NONE) };

  constructor(connection: string | RedisConnection, prefix: string, clock: Clock) {
    this.name = redisName(connection);
    this.#connection = connection;
    this.#prefix = `${prefix}state:`;
    this.#clock = clock;
    this.#runs = new RedisRuns({
      prefix: this.#prefix,
      clock,
      isAway: () => this.#isAway(),
      ask: (script, keys, args) => this.#run(script, keys, args),
    });
  }

  status(): RedisStateStatus {
    return { reachable: !this.#away, processes: this.#processes, admittedAlone: this.#admittedAlone };
  }

  async reserve(claim: Claim): Promise<Reservation> {
    const window = this.#windowOf(claim.key);
    if (this.#isAway()) return this.#reserveAlone(claim, window);
    const { rpm = -1, tpm = -1, parallel = -1 } = claim.limits;
    const tokens = Math.ceil(Math.min(claim.tokens, claim.limits.tpm ?? 0));
    window.pending += 1;
    const held = window.own.held + window.pending;
    try {
      const args = [this.#process, rpm, tpm, parallel, tokens, this.#nextMessage(), held];
      const reply = await this.#run(RESERVE, this.#keysOf(claim.key), args);
      const [wait, second, processes] = reply as [number, number, number];
      this.#processes = processes;
      if (wait !== 0) return { lease: undefined, retryInMs: wait < 0 ? PLACE_RETRY_MS : wait };
      window.told = Math.max(window.told, held);
      return { lease: this.#leaseOf({ ...claim, tokens }, window, second) };
    } catch {
      return this.#reserveAlone(claim, window);
    } finally {
      window.pending -= 1;
      if (window.pending === 0 && window.told > window.own.held) this.#tell(claim.key, window, 0, 0, 0);
    }
  }

  cool(key: string, { untilMs, asked, failure }: Cooldown): void {
    if (this.#isAway()) return;
    const args = [key, Math.max(0, Math.ceil(untilMs - this.#clock.now())), asked ? 1 : 0, failure];
    this.#run(COOL, [`${this.#prefix}cooldowns`], args).catch(() => undefined);
  }

  cooldowns(): Promise<ReadonlyMap<string, Cooldown>> {
    const now = this.#clock.now();
    if (now - this.#cooldowns.at >= FRESH_MS && !this.#isAway()) {
      this.#cooldowns = { at: now, known: this.#readCooldowns() };
    }
    return this.#cooldowns.known;
  }

  takePart(run: string): Promise<RunPart | undefined> {
    return this.#runs.takePart(run);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#endKeepAlive();
    await this.#runs.close();
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.close();
  }

  async #readCooldowns(): Promise<ReadonlyMap<string, Cooldown>> {
    try {
      const found = await this.#run(COOLDOWNS, [`${this.#prefix}cooldowns`], []);
      return toCooldowns(found as (Buffer | number)[], this.#clock.now());
    } catch {
      return NONE;
    }
  }

  #reserveAlone(claim: Claim, window: RedisWindow): Reservation {
    const limits = shareOf(claim.limits, this.#processes);
    const retryInMs = window.own.roomIn({ ...claim, limits }, this.#clock.now());
    if (retryInMs > 0) return { lease: undefined, retryInMs };
    this.#admittedAlone += 1;
    const tokens = Math.min(claim.tokens, limits.tpm ?? 0);
    window.noteUntold(limits.rpm === undefined ? 0 : 1, tokens, this.#clock.now());
    return { lease: this.#leaseOf({ ...claim, tokens }, window, undefined) };
  }

  /** @param second - of the reservation, by the server's clock; `undefined`: it does not know of it */
  #leaseOf(claim: Claim, window: RedisWindow, second: number | undefined): Lease {
    const at = this.#clock.now();
    const own = window.own.take(claim, () => this.#clock.now());
    this.#held += 1;
    this.#keepAlive();
    return once((used, sent) => {
      this.#held -= 1;
      if (this.#held === 0) this.#endKeepAlive();
      if (sent) own.settle(used);
      else own.cancel();
      const requests = sent || claim.limits.rpm === undefined ? 0 : -1;
      const tokens = claim.limits.tpm === undefined ? 0 : Math.ceil(used ?? claim.tokens) - claim.tokens;
      if (this.#away || this.#closed || second === undefined) window.noteUntold(requests, tokens, at);
      if (!this.#away && !this.#closed) {
        const [toldRequests, toldTokens] = second === undefined ? [0, 0] : [requests, tokens];
        const saysNothing = toldRequests === 0 && toldTokens === 0 && claim.limits.parallel === undefined;
        if (!saysNothing) this.#tell(claim.key, window, second ?? 0, toldRequests, toldTokens);
      }
    });
  }

  /** Tells what changed, and how many places are held now. */
  #tell(key: string, window: RedisWindow, second: number, requests: number, tokens: number): void {
    window.told = window.own.held;
    const places = window.own.held + window.pending;
    const args = [this.#process, second, requests, tokens, this.#nextMessage(), places];
    this.#run(SETTLE, this.#keysOf(key), args).catch(() =>
      window.noteUntold(requests, tokens, this.#clock.now()),
    );
  }

  #nextMessage(): number {
    this.#message += 1;
    return this.#message;
  }

  /** Whether to decide alone. Where it is time, asks in the background whether Redis is back. */
  #isAway(): boolean {
    const now = this.#clock.now();
    if (this.#away && !this.#closed && now - this.#probedAt >= PROBE_MS) {
      this.#probedAt = now;
      void this.#probe();
    }
    return this.#away || this.#closed;
  }

  async #probe(): Promise<void> {
    try {
      this.#processes = Number(await this.#run(HEAR, [`${this.#prefix}processes`], [this.#process]));
    } catch {
      return;
    }
    // What is sent from here on comes behind this, on the same connection: nobody reserves before Redis is up to date.
    this.#away = false;
    for (const [key, window] of this.#windows) {
      window.told = window.own.held;
      const untold = window.takeUntold(this.#clock.now());
      const args = [this.#process, this.#nextMessage(), window.own.held, ...untold];
      this.#run(RETURN, this.#keysOf(key), args).catch(() => undefined);
    }
  }

  async #run(
    script: string,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    const patience = new AbortController();
    const outOfPatience = this.#clock.sleep(PATIENCE_MS, patience.signal).then(async () => {
      // Where this process was busy the answer may be here, unread: that is not Redis being slow.
      await nextTurn();
      throw new Error(`Redis did not answer within ${PATIENCE_MS} ms`);
    });
    try {
      const answer = this.#connected().then(({ connection }) =>
        runScript(connection, script, [keys.length, ...keys, ...args]),
      );
      return await Promise.race([answer, outOfPatience]);
    } catch (error) {
      if (!this.#away) this.#probedAt = this.#clock.now();
      this.#away = true;
      throw error;
    } finally {
      outOfPatience.catch(() => undefined);
      patience.abort(OVER);
    }
  }

  #connected(): Promise<Client> {
    if (this.#closed) return Promise.reject(new Error("the state is closed"));
    this.#client ??= open(this.#connection);
    return this.#client;
  }

  #keepAlive(): void {
    if (this.#heartbeat !== undefined || this.#closed) return;
    const heartbeat = new AbortController();
    this.#heartbeat = heartbeat;
    this.#clock.sleep(HEARTBEAT_MS, heartbeat.signal).then(
      () => {
        this.#heartbeat = undefined;
        const holding = [...this.#windows].filter(([, { own }]) => own.held > 0);
        this.#keepAlive();
        if (!this.#isAway()) for (const [key, window] of holding) this.#tell(key, window, 0, 0, 0);
      },
      () => undefined,
    );
  }

  #endKeepAlive(): void {
    this.#heartbeat?.abort(OVER);
    this.#heartbeat = undefined;
  }

  #windowOf(key: string): RedisWindow {
    const window = this.#windows.get(key) ?? new RedisWindow();
    this.#windows.set(key, window);
    return window;
  }

  #keysOf(key: string): readonly string[] {
    const prefix = this.#prefix;
    return [
      `${prefix}requests:${key}`,
      `${prefix}tokens:${key}`,
      `${prefix}places:${key}`,
      `${prefix}processes`,
    ];
  }
}

/** What one of several processes may do on its own. */
function shareOf({ rpm, tpm, parallel }: LimitOptions, processes: number): LimitOptions {
  const share = (limit: number | undefined): number | undefined =>
    limit === undefined ? undefined : Math.max(1, Math.floor(limit / processes));
  return { rpm: share(rpm), tpm: share(tpm), parallel: share(parallel) };
}

async function open(connection: string | RedisConnection): Promise<Client> {
  if (typeof connection !== "string") return { connection, close: async () => {} };
  const { Redis } = await import("ioredis");
  const client = new Redis(connection, {
    lazyConnect: true,
    // A command fails with the connection it was sent on: it is not repeated, and does not wait for the next.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  });
  // Without a listener ioredis prints; operations reject with the same error.
  client.on("error", () => undefined);
  return { connection: client, close: async () => client.disconnect() };
}
