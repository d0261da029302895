/**
 * Cooldowns told to all who share the state: what one process was told, or found out, spares the others.
 *
 *     a deployment cools down here ──tell──▶ state ──hear──▶ the deployment of the same id, elsewhere
 *
 * tell   with the event of the cooldown; nobody waits for it
 * hear   with an event of its own, which is told to nobody else; looked for with each call, in the background: the call itself goes by what is known. Where the state has nothing new that is
 *        one comparison
 *
 * There is no timer, so a process without calls hears nothing; its first call may find out for itself.
 *
 * Each cooldown is heard once: what an answer here has ended does not come back because the state still knows of it. Two
 * ends within 100 ms are one: each reading of a clock elsewhere gives the same end a little differently.
 *
 * A key that is refused is not told of: another process may hold another key under the same id, and while keys are being
 * changed one does.
 */

import type { FailureKind } from "../errors.ts";
import type { EventListener } from "../telemetry.ts";
import type { Pool } from "./pool.ts";
import type { Cooldown, SharedState } from "./state/shared-state.ts";

const OF_THE_KEY: ReadonlySet<FailureKind> = new Set(["unauthorized", "forbidden"]);
const SAME_END_MS = 100;

export class SharedCooldowns {
  readonly #state: SharedState;
  #pool: Pool | undefined;
  /** The latest end that was told or heard, by id. */
  readonly #ends = new Map<string, number>();
  readonly #next: EventListener;
  #heard: Promise<ReadonlyMap<string, Cooldown>> | undefined;

  /** @param next - hears of all that `emit` is told, and of what others have told */
  constructor(state: SharedState, next: EventListener) {
    this.#state = state;
    this.#next = next;
  }

  /** The deployments of this pool hear from here on; what is known already, with the next call. */
  follow(pool: Pool): void {
    this.#pool = pool;
    this.#heard = undefined;
  }

  /** Tells others of cooldowns, and passes everything on. */
  readonly emit: EventListener = (event) => {
    if (event.type === "cooldown") this.#tell(event.deployment, event.untilMs, event.failure);
    this.#next(event);
  };

  /** Looks whether others have noted anything. Returns at once. */
  hear(): void {
    const known = this.#state.cooldowns();
    if (known === undefined || known === this.#heard) return;
    this.#heard = known;
    known.then(
      (cooldowns) => this.#apply(cooldowns),
      () => undefined,
    );
  }

  #tell(id: string, untilMs: number, failure: FailureKind): void {
    if (OF_THE_KEY.has(failure) || !this.#isNew(id, untilMs)) return;
    const asked = this.#pool?.get(id)?.askedUntil === untilMs;
    this.#state.cool(id, { untilMs, asked, failure });
  }

  #apply(cooldowns: ReadonlyMap<string, Cooldown>): void {
    for (const [id, cooldown] of cooldowns) {
      const deployment = this.#pool?.get(id);
      if (deployment === undefined || !this.#isNew(id, cooldown.untilMs) || !deployment.cool(cooldown))
        continue;
      const { untilMs, failure } = cooldown;
      // Not by way of `emit`: what was heard is not told onwards.
      this.#next({ type: "cooldown", deployment: id, failure, untilMs, heard: true });
    }
  }

  #isNew(id: string, untilMs: number): boolean {
    if (untilMs <= (this.#ends.get(id) ?? 0) + SAME_END_MS) return false;
    this.#ends.set(id, untilMs);
    return true;
  }
}
