/**
 * The semantic cache: an answer kept for the same question in other words.
 *
 *     repeatable call ──▶ scope ──▶ likeness ≥ floor ──▶ guards ──▶ margin ──▶ the kept answer
 *
 * scope      one hash of everything but the last user text: tenant, agent, group, model, system, parameters, and every message
 *            before it. A hard border: what differs there is never compared.
 * likeness   of the last user texts alone, by the embedder. The floor is the host's; no call can lower it.
 * guards     what must agree besides (`same-question.ts`): likeness cannot tell "with" from "without"
 * margin     a question that asks something else and is nearly as like is reason enough for a miss
 *
 * Not eligible: calls with tools, tool results, media or injected context, and questions without words or longer than
 * `LONGEST_QUESTION`. It obeys the same `X-PC-Cache` as the exact cache, which is asked first. Answers live in memory, and
 * are cleared and forgotten as the exact cache's are.
 */
import type { Clock } from "../../clock.ts";
import type { Embedder } from "../../embedder.ts";
import { mentionsInjected } from "../../shared-block.ts";
import { codecFor } from "../../wires/index.ts";
import type { ScheduledCall } from "../call.ts";
import type { Layer } from "../layer.ts";
import { readNumbers } from "../options.ts";
import { replay } from "./cached-answer.ts";
import { type CallKeys, questionScope, type RepeatableCall } from "./call-key.ts";
import { isFreshEnough, toCached } from "./exact-layer.ts";
import { type Question, QuestionIndex } from "./question-index.ts";
import { record } from "./recorder.ts";
import { readQuestion } from "./same-question.ts";

export interface SemanticCacheOptions {
  /** @defaultValue the built-in lexical embedder */
  readonly embedder?: Embedder | undefined;
  /** How alike two questions must be, as a cosine. @defaultValue 0.85 */
  readonly floor?: number | undefined;
  /** How long an answer is good, in milliseconds: an hour. @defaultValue 3_600_000 */
  readonly ttlMs?: number | undefined;
  /** Memory that answers and vectors may take, in bytes: 16 MiB. @defaultValue 16_777_216 */
  readonly maxBytes?: number | undefined;
}

/** What an option is when it is left out. */
export const semanticCacheDefaults = { floor: 0.85, ttlMs: 60 * 60 * 1000, maxBytes: 16 * 1024 * 1024 };

/** The choice of a semantic cache, to be made when the compiler is: `semanticCache()`. */
export interface SemanticCache {
  /** @param embedder - what embeds where the host chose none; `undefined`: there is none */
  open(parts: { readonly embedder: Embedder | undefined; readonly clock: Clock }): OpenSemanticCache;
}

export interface OpenSemanticCache {
  readonly index: QuestionIndex;
  readonly embedder: Embedder;
}

/**
 * Answers the same question in other words from memory.
 *
 * @throws TypeError or RangeError naming option and value
 */
export function semanticCache(options: SemanticCacheOptions = {}): SemanticCache {
  const { embedder: own, ...limits } = options;
  const numbers = readNumbers("semanticCache", limits, semanticCacheDefaults);
  if (numbers.floor > 1) {
    throw new RangeError(`createScheduler: semanticCache.floor must be at most 1, got ${numbers.floor}`);
  }
  return {
    open({ embedder: builtIn, clock }) {
      const embedder = own ?? builtIn;
      if (embedder === undefined) {
        throw new TypeError("createScheduler: semanticCache.embedder must be an embedder, got undefined");
      }
      return { index: new QuestionIndex(numbers, clock), embedder };
    },
  };
}

/** A longer text is a document, whose likeness says nothing of what is asked about it. */
const LONGEST_QUESTION = 1_000;

export function semanticLayer({ index, embedder }: OpenSemanticCache, keys: CallKeys, clock: Clock): Layer {
  return (next) => async (call) => {
    const repeatable = keys(call);
    const question = repeatable && readCall(call, repeatable, embedder);
    if (repeatable === undefined || question === undefined) return next(call);
    const { clearings } = index;
    const cached =
      call.cache?.mode === "no-cache"
        ? undefined
        : index.find(question, (answer) => isFreshEnough(answer, call, clock));
    if (cached !== undefined) return replay(cached, "semantic", call.signal);
    const answer = await next(call);
    if (answer.cache === "joined") return answer;
    const reply = record(answer.reply, {
      wire: call.wire,
      maxBytes: index.maxAnswerBytes,
      keep(recording) {
        if (clearings !== index.clearings) return;
        index.add(question, toCached(answer, recording, call, repeatable, clock.now()));
      },
    });
    return { ...answer, reply, cache: "miss" };
  };
}

/** The question of an eligible call. */
function readCall(call: ScheduledCall, repeatable: RepeatableCall, embedder: Embedder): Question | undefined {
  const asked = questionScope(call, repeatable);
  if (asked === undefined || asked.text.length > LONGEST_QUESTION || hasContext(call, repeatable)) {
    return undefined;
  }
  const [vector] = embedder.embed([asked.text]);
  if (vector === undefined || vector.every((value) => value === 0)) return undefined;
  return { scope: asked.scope, vector, facts: readQuestion(asked.text) };
}

function hasContext({ wire, contextIds }: ScheduledCall, { request }: RepeatableCall): boolean {
  const messages = codecFor(wire).messages(request.body);
  return (contextIds?.() ?? []).length > 0 || messages.some(({ text }) => mentionsInjected(text));
}
