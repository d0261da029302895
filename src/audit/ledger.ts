/**
 * The books of an audit: every call that a log tells of is entered once, in the order of the log.
 *
 *     call ─▶ paid       what it was charged
 *          ─▶ missed     what the cache should have had for it, beside the call before it in its conversation
 *          ─▶ courses    what it comes to as it was sent, and compiled into each budget
 *
 * Of a conversation the last call is kept, once for each course; of conversations so many, the latest.
 */
import { LRUCache } from "lru-cache";
import { loadTokenizer } from "../core/token-count.ts";
import type { PromptCompiler } from "../prompt-compiler.ts";
import type { WireBody } from "../wires/wire.ts";
import type { LoggedCall } from "./call.ts";
import { subtractCosts } from "./cost.ts";
import { Missed } from "./missed.ts";
import { findMiss, type SentCall, waitBetween } from "./misses.ts";
import { Paid } from "./paid.ts";
import { type PriceList, priceOf } from "./prices.ts";
import { type Prompt, readPrompt } from "./prompt.ts";
import { addCall, type Course, compiledPrompt, NO_CALLS, type Terms } from "./replay.ts";
import type { AuditReport, CompiledCourse } from "./report.ts";

const MOST_CONVERSATIONS = 500;

/** Answers that are remembered, so that a call which two files tell of is counted once. */
const MOST_ANSWERS = 1_000_000;

const MINUTE_MS = 60_000;

/** A conversation, as far as its next call needs it. */
interface Conversation {
  readonly last: SentCall;
  readonly hidden: number;
  /** What was sent last, by budget. */
  readonly compiled: ReadonlyMap<number, Prompt>;
}

export interface LedgerOptions {
  readonly compiler: Pick<PromptCompiler, "compile">;
  readonly budgets: readonly number[];
  readonly prices: PriceList;
}

export class Ledger {
  readonly #options: LedgerOptions;
  readonly #conversations = new LRUCache<string, Conversation>({ max: MOST_CONVERSATIONS });
  readonly #answers = new LRUCache<string, true>({ max: MOST_ANSWERS });
  readonly #begun = new Set<string>();
  readonly #unpriced = new Set<string>();
  readonly #paid = new Paid();
  readonly #missed = new Missed();
  readonly #compiled: Map<number, Course>;
  #asSent = NO_CALLS;
  #calls = 0;
  #repeated = 0;
  #withoutUsage = 0;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#compiled = new Map(options.budgets.map((budget) => [budget, NO_CALLS]));
  }

  /** Enters a call. @param path - the file that tells of it. @returns whether it is new */
  async enter(call: LoggedCall, path: string): Promise<boolean> {
    if (call.id !== undefined && this.#answers.has(call.id)) {
      this.#repeated += 1;
      return false;
    }
    if (call.id !== undefined) this.#answers.set(call.id, true);
    this.#calls += 1;
    this.#begun.add(call.session);
    const price = priceOf(call.model, this.#options.prices);
    if (price === undefined) this.#unpriced.add(call.model ?? "unknown");
    if (call.usage === undefined) this.#withoutUsage += 1;
    else this.#paid.add(call.usage, price);

    const tokenizer = await loadTokenizer(call.model ?? "");
    const request = toRequest(call);
    const now: SentCall = { call, prompt: readPrompt(request, tokenizer) };
    const conversation = this.#conversations.get(call.session);
    const before = conversation?.last;
    const keepsMs = keptMs(call);
    if (before !== undefined) {
      const miss = findMiss(before, now, keepsMs, price);
      if (miss !== undefined) this.#missed.add(miss, path, call.line);
    }

    const counted = call.isSum ? undefined : call.usage?.inputTokens;
    const hidden = conversation?.hidden ?? Math.max(0, (counted ?? 0) - now.prompt.tokens);
    const terms: Terms = {
      price,
      hidden,
      isCold:
        before !== undefined &&
        (before.call.model !== call.model || waitBetween(before.call, call) > keepsMs),
      isKeptLong: (call.usage?.cacheWrite1hTokens ?? 0) > 0,
    };
    this.#asSent = addCall(this.#asSent, before?.prompt, now.prompt, terms);
    const compiled = new Map<number, Prompt>();
    for (const [maxInputTokens, course] of this.#compiled) {
      const found = await compiledPrompt(
        this.#options.compiler,
        request,
        { maxInputTokens, hidden, sessionId: call.session },
        tokenizer,
      );
      const prompt = found ?? now.prompt;
      compiled.set(maxInputTokens, prompt);
      const next = addCall(course, conversation?.compiled.get(maxInputTokens), prompt, terms);
      this.#compiled.set(
        maxInputTokens,
        found === undefined ? { ...next, tooLarge: next.tooLarge + 1 } : next,
      );
    }
    this.#conversations.set(call.session, { last: now, hidden, compiled });
    return true;
  }

  /** What the books say. */
  report(): Omit<AuditReport, "files"> {
    return {
      conversations: this.#begun.size,
      calls: this.#calls,
      repeatedCalls: this.#repeated,
      callsWithoutUsage: this.#withoutUsage,
      unpricedModels: [...this.#unpriced].sort(),
      paid: this.#paid.byKind,
      paidInAll: this.#paid.inAll,
      missed: this.#missed.byReason,
      asSent: this.#asSent,
      compiled: [...this.#compiled]
        .sort(([a], [b]) => b - a)
        .map(([maxInputTokens, course]) => this.#compare(maxInputTokens, course)),
    };
  }

  #compare(maxInputTokens: number, course: Course): CompiledCourse {
    // In dollars where all models have a price: tokens of two models are not worth the same.
    const unit = this.#unpriced.size === 0 ? "dollars" : "plainTokens";
    const sent = this.#asSent.cost[unit];
    return {
      ...course,
      maxInputTokens,
      costIndex: sent === 0 ? 1 : course.cost[unit] / sent,
      saved: subtractCosts(this.#asSent.cost, course.cost),
    };
  }
}

function toRequest({ model, messages, tools }: LoggedCall): WireBody {
  return { ...(model !== undefined && { model }), messages, ...(tools !== undefined && { tools }) };
}

/**
 * How long the cache keeps what nobody asks for: Anthropic's five minutes, or the hour that was paid for
 * (https://platform.claude.com/docs/en/build-with-claude/prompt-caching); others' up to an hour
 * (https://developers.openai.com/api/docs/guides/prompt-caching).
 */
function keptMs({ model, usage }: LoggedCall): number {
  const isShort = model?.includes("claude") === true && !usage?.cacheWrite1hTokens;
  return isShort ? 5 * MINUTE_MS : 60 * MINUTE_MS;
}
