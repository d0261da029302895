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
 * `LONGEST_QUESTION`. It obeys the same `X-PC-Cache` as the exact cache, which is asked first. Answers live in memory and in
 * the compiler's storage (`similar-answers.ts`), and are cleared and forgotten as the exact cache's are.
 */
import type { Clock } from "../../clock.ts";
import type { Embedder } from "../../embedder.ts";
import { mentionsInjected } from "../../shared-block.ts";
import type { Storage } from "../../storage/storage.ts";
import { codecFor } from "../../wires/index.ts";
import type { ScheduledCall } from "../call.ts";
import type { Layer } from "../layer.ts";
import { readNumbers } from "../options.ts";
import { replay } from "./cached-answer.ts";
import { type CallKeys, questionScope, type RepeatableCall } from "./call-key.ts";
import { isFreshEnough, toCached } from "./exact-layer.ts";
import { canonicalHash } from "./key.ts";
import type { Patience } from "./patient-storage.ts";
import type { Question } from "./question.ts";
import { record } from "./recorder.ts";
import { readQuestion } from "./same-question.ts";
import { SimilarAnswers } from "./similar-answers.ts";

export interface SemanticCacheOptions {
  /** @defaultValue the built-in lexical embedder */
  readonly embedder?: Embedder | undefined;
  /** How alike two questions must be, as a cosine. @defaultValue 0.85 */
  readonly floor?: number | undefined;
  /** How long an answer is good, in milliseconds: an hour. @defaultValue 3_600_000 */
  readonly ttlMs?: number | undefined;
  /** Memory that answers and their questions may take, in bytes: 16 MiB, a quarter of it for questions. @defaultValue 16_777_216 */
  readonly maxBytes?: number | undefined;
}

/** What an option is when it is left out. */
export const semanticCacheDefaults = { floor: 0.85, ttlMs: 60 * 60 * 1000, maxBytes: 16 * 1024 * 1024 };

/** The choice of a semantic cache, to be made when the compiler is: `semanticCache()`. */
export interface SemanticCache {
  open(parts: SemanticCacheParts): OpenSemanticCache;
}

/** What a semantic cache is given by the scheduler it belongs to. */
export interface SemanticCacheParts {
  /** What embeds where the host chose none; `undefined`: there is none. */
  readonly embedder: Embedder | undefined;
  /** The one storage of the compiler; `undefined`: there is none, answers live in memory only. */
  readonly storage: Storage | undefined;
  /** How long `storage` is waited for. */
  readonly patience: Patience;
  readonly clock: Clock;
}

export interface OpenSemanticCache {
  readonly answers: SimilarAnswers;
  readonly embedder: Embedder;
}

/**
 * Answers the same question in other words: from memory, and behind that from tables in the compiler's storage, which
 * other processes and later ones share.
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
    open({ embedder: builtIn, storage, patience, clock }) {
      const embedder = own ?? builtIn;
      if (embedder === undefined) {
        throw new TypeError("createScheduler: semanticCache.embedder must be an embedder, got undefined");
      }
      return { answers: new SimilarAnswers({ ...numbers, storage, patience, clock }), embedder };
    },
  };
}

/** A longer text is a document, whose likeness says nothing of what is asked about it. */
const LONGEST_QUESTION = 1_000;

export function semanticLayer({ answers, embedder }: OpenSemanticCache, keys: CallKeys, clock: Clock): Layer {
  return (next) => async (call) => {
    const repeatable = keys(call);
    const question = repeatable && readCall(call, repeatable, embedder);
    if (repeatable === undefined || question === undefined) return next(call);
    const { tenant } = repeatable;
    const epoch = await answers.epoch(tenant);
    if (epoch === undefined) return next(call);
    const cached =
      call.cache?.mode === "no-cache"
        ? undefined
        : await answers.find(tenant, question, epoch, (at) => isFreshEnough(at, call, clock));
    call.signal.throwIfAborted();
    if (cached !== undefined) return replay(cached, "semantic", call.signal);
    const answer = await next(call);
    if (answer.cache === "joined") return answer;
    const reply = record(answer.reply, {
      wire: call.wire,
      maxBytes: answers.maxAnswerBytes,
      keep: (recording) =>
        answers.put(question, toCached(answer, recording, call, repeatable, clock.now()), epoch),
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
  // Vectors of two embedders say nothing of each other, and a storage may outlive the choice of one.
  const scope = canonicalHash({ scope: asked.scope, embedder: embedder.name });
  return { scope, vector, facts: readQuestion(asked.text) };
}

function hasContext({ wire, contextIds }: ScheduledCall, { request }: RepeatableCall): boolean {
  const messages = codecFor(wire).messages(request.body);
  return (contextIds?.() ?? []).length > 0 || messages.some(({ text }) => mentionsInjected(text));
}
