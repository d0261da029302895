/**
 * Runs that processes have in common, in Redis.
 *
 *     <prefix>run:<run>          the leader's name, for 3 s; renewed every second while it runs
 *     <prefix>run-answer:<name>  what this leader's followers are told, for 5 s
 *
 * Who finds no name leads, under a new one. Who finds one follows that leader and no other: the answer lies under the
 * leader's name, so that who comes after the run does not find it, and it lies there before the lead is given back.
 *
 *     take ──nobody leads──▶ lead ──end──▶ answer, and the name is gone
 *       └────there is a name──▶ follow: the answer; or "running" while the name is there; or nothing
 *
 * Each operation is one script. A server that forgets loses no more than the sharing: all who followed are on their own.
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../../clock.ts";
import type { RunPart } from "./shared-state.ts";

/** How long a leader that says nothing counts as alive. */
const LEAD_MS = 3_000;
const RENEW_MS = LEAD_MS / 3;
/** How long followers find the answer: several of their looks, which are a second apart at most. */
const ANSWER_MS = 5_000;

/** KEYS run, ARGV name, ms → the name of who leads */
const TAKE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
`;

/** KEYS run, ARGV name, ms */
const RENEW = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
`;

/** KEYS run answer, ARGV name, ms, answer (empty: none) */
const END = `
if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[2]) end
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;

/** KEYS run answer, ARGV name → the answer; 1: it is running; 0: it is over */
const LOOK = `
local answer = redis.call('GET', KEYS[2])
if answer then return answer end
return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0
`;

/** What the runs need of the state they belong to. */
export interface RedisRunsParts {
  readonly prefix: string;
  readonly clock: Clock;
  readonly isAway: () => boolean;
  /** Runs a script; rejects where Redis fails or takes too long. */
  readonly ask: (
    script: string,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ) => Promise<unknown>;
}

export class RedisRuns {
  readonly #parts: RedisRunsParts;
  /** Of the runs that are led here; aborting one ends its renewals. */
  readonly #led = new Set<AbortController>();
  readonly #telling = new Set<Promise<unknown>>();

  constructor(parts: RedisRunsParts) {
    this.#parts = parts;
  }

  /** See `SharedState.takePart`. */
  async takePart(run: string): Promise<RunPart | undefined> {
    if (this.#parts.isAway()) return undefined;
    const name = randomUUID();
    try {
      const leader = String(await this.#parts.ask(TAKE, [this.#runKey(run)], [name, LEAD_MS]));
      return leader === name ? this.#lead(run, name) : this.#follow(run, leader);
    } catch {
      return undefined;
    }
  }

  /** Waits for answers on their way, and renews nothing any more: what is still led here ends by itself. */
  async close(): Promise<void> {
    for (const led of this.#led) led.abort();
    await Promise.all(this.#telling);
  }

  #lead(run: string, name: string): RunPart {
    const led = new AbortController();
    this.#led.add(led);
    this.#renew(run, name, led.signal).catch(() => undefined);
    return {
      leads: true,
      end: (answer) => {
        if (!this.#led.delete(led)) return;
        led.abort();
        const telling = this.#ask(END, run, name, [ANSWER_MS, Buffer.from(answer ?? [])])
          .catch(() => undefined)
          .finally(() => this.#telling.delete(telling));
        this.#telling.add(telling);
      },
    };
  }

  #follow(run: string, leader: string): RunPart {
    return {
      leads: false,
      look: async () => {
        const found = await this.#ask(LOOK, run, leader, []).catch(() => 0);
        if (found instanceof Uint8Array) return found;
        return found === 1 ? "running" : undefined;
      },
    };
  }

  async #renew(run: string, name: string, over: AbortSignal): Promise<never> {
    for (;;) {
      await this.#parts.clock.sleep(RENEW_MS, over);
      await this.#ask(RENEW, run, name, [LEAD_MS]).catch(() => undefined);
    }
  }

  /** Where Redis is away this rejects at once. */
  async #ask(
    script: string,
    run: string,
    name: string,
    args: readonly (number | string | Buffer)[],
  ): Promise<unknown> {
    if (this.#parts.isAway()) throw new Error("Redis is away");
    const keys = [this.#runKey(run), `${this.#parts.prefix}run-answer:${name}`];
    return this.#parts.ask(script, keys, [name, ...args]);
  }

  #runKey(run: string): string {
    return `${this.#parts.prefix}run:${run}`;
  }
}
