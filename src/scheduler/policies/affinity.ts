/**
 * Affinity: a conversation goes back to the deployment that answered it last, whose provider still has its beginning in
 * the prompt cache. The cache belongs to one key at one provider, so any other deployment reads it all anew.
 *
 *     first turn        the strategy picks
 *     a later turn      where it was answered last, as long as that is eligible, not crowded, and not longer ago than
 *                       `ttlMs`; otherwise the strategy picks
 *     answered          whoever answered is remembered, in place of whoever was
 *
 * Health comes first: who is cooling down, without room or not able to take the call is not among the eligible. And so
 * does balance: a deployment that has `CROWD` attempts under way, and twice its part of all, is left.
 *
 * Remembered are the names of `maxConversations` conversations at most, the least recently used go first; of a
 * conversation only a digest. There is no timer. Two processes do not know of each other's: each keeps to its own.
 */
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { ScheduledAnswer, ScheduledCall } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import type { AttemptOutcome, Strategy } from "../strategies/strategy.ts";

export interface AffinityOptions {
  /** How long after its last answer a conversation is remembered, in milliseconds. @defaultValue 300_000 */
  readonly ttlMs?: number | undefined;
  /** Conversations that are remembered at once. @defaultValue 10_000 */
  readonly maxConversations?: number | undefined;
}

export interface AffinityRules {
  readonly ttlMs: number;
  readonly maxConversations: number;
}

/** Five minutes is how long providers keep a prompt that nobody asks for. */
export const defaultAffinity: AffinityRules = { ttlMs: 300_000, maxConversations: 10_000 };

/** So many attempts under way, on their own, are no reason to leave. */
const CROWD = 8;

export class Affinity {
  readonly rules: AffinityRules;
  /** Conversation → id of the deployment that answered last. */
  readonly #answeredBy: LRUCache<string, string>;

  constructor(rules: AffinityRules, clock: Clock) {
    const { ttlMs, maxConversations } = rules;
    this.rules = rules;
    // Without a resolution the cache asks the clock each time, and sets no timer.
    this.#answeredBy = new LRUCache({ max: maxConversations, ttl: ttlMs, ttlResolution: 0, perf: clock });
  }

  /**
   * Lets `attempt` go on with the strategy that keeps the call's conversation where it was.
   *
   * @param model - conversations of one caller with several models are several
   */
  async keep(
    call: ScheduledCall,
    model: string,
    strategy: Strategy,
    attempt: (strategy: Strategy) => Promise<ScheduledAnswer>,
  ): Promise<ScheduledAnswer> {
    const conversation = call.conversation?.();
    if (conversation === undefined) return attempt(strategy);
    const key = `${model} ${conversation.key}`;
    const last = conversation.continued ? this.#answeredBy.get(key) : undefined;
    const answer = await attempt(last === undefined ? strategy : new Preference(last, strategy));
    this.#answeredBy.set(key, answer.deployment);
    return answer;
  }
}

/** Picks one deployment while that is well, and as another strategy does otherwise. */
class Preference implements Strategy {
  readonly name: string;
  readonly #preferred: string;
  readonly #otherwise: Strategy;

  constructor(preferred: string, otherwise: Strategy) {
    this.name = otherwise.name;
    this.#preferred = preferred;
    this.#otherwise = otherwise;
  }

  pick(eligible: readonly Deployment[]): Deployment {
    const preferred = eligible.find(({ id }) => id === this.#preferred);
    return preferred && !isCrowded(preferred, eligible) ? preferred : this.#otherwise.pick(eligible);
  }

  observe(deployment: Deployment, outcome: AttemptOutcome): void {
    this.#otherwise.observe?.(deployment, outcome);
  }
}

function isCrowded(deployment: Deployment, eligible: readonly Deployment[]): boolean {
  if (deployment.inFlight < CROWD) return false;
  const inFlight = eligible.reduce((sum, each) => sum + each.inFlight, 0);
  const weights = eligible.reduce((sum, each) => sum + each.weight * each.share, 0);
  return deployment.inFlight > (2 * inFlight * deployment.weight * deployment.share) / weights;
}
