import { isProviderError, ProviderError } from "../errors.ts";
import { codecFor, translationTo } from "../wires/index.ts";
import type { Translation } from "../wires/translation.ts";
import type { Frame, Wire, WireBody, WireRequest } from "../wires/wire.ts";
import type { ScheduledCall } from "./call.ts";
import { readAnswer } from "./commit-point.ts";
import type { Deployment } from "./deployment.ts";
import { TranslatedFrames } from "./translated-frames.ts";
import type { VendorMemories } from "./vendor-memories.ts";

/** A call as one deployment is asked it, and the way back for its answer: into the caller's wire. */
export interface SpokenCall {
  readonly request: WireRequest;
  /** What the request goes without: parameters that are rejected there, what its wire cannot say. */
  readonly dropped: readonly string[];
  /** @throws ProviderError if it is no JSON object, or reports an error */
  answer(bytes: Uint8Array): { readonly body: Uint8Array; readonly parsed: WireBody };
  frames(arriving: AsyncIterator<readonly Frame[]>): AsyncIterator<readonly Frame[]>;
  /** What the attempt failed with; a refusal that is not in the caller's words says in whose it is. */
  failure(error: unknown): unknown;
}

/**
 * Puts a call into the words of one deployment: anew for each attempt, from what the caller said.
 *
 * @param model - the name that is sent
 * @param now - milliseconds since the epoch
 * @throws PromptCompilerError where the deployment's wire cannot say at all what is asked
 */
export function speak(
  call: ScheduledCall,
  deployment: Deployment,
  model: string,
  memories: VendorMemories,
  now: number,
): SpokenCall {
  const { provider, contextWindow, id } = deployment;
  const rendered = call.requestFor({ wire: call.wire, model, contextWindow });
  const translation = translationFor(call.wire, deployment);
  const translated = translation?.translate(
    // What a model understands differs from model to model.
    { ...rendered, body: { ...rendered.body, model }, source: undefined },
    memories.of(call.tenant, translation.to),
    Math.floor(now / 1000),
  );
  const asked = translated?.request ?? rendered;
  const codec = codecFor(asked.wire);
  const rejected = (provider.rejects ?? []).filter((name) => Object.hasOwn(asked.body, name));
  const request = codec.forDeployment(asked, { model, dropped: rejected });
  if (translated === undefined) {
    return {
      request,
      dropped: rejected,
      answer: (body) => ({ body, parsed: readAnswer(body, codec, id) }),
      frames: (arriving) => arriving,
      failure: (error) => error,
    };
  }
  return {
    request,
    dropped: [...translated.dropped, ...rejected],
    answer(bytes) {
      const parsed = translated.answer(readAnswer(bytes, codec, id));
      return { body: Buffer.from(JSON.stringify(parsed)), parsed };
    },
    frames: (arriving) => new TranslatedFrames(arriving, translated.frames()),
    failure: (error) => (isProviderError(error) ? inWordsOf(error, asked.wire) : error),
  };
}

function inWordsOf(error: ProviderError, wire: Wire): ProviderError {
  const { kind, message, status, retryAfterMs, upstreamCode, final, staleConnection, cause, reply } = error;
  if (reply === undefined) return error;
  const facts = { status, retryAfterMs, upstreamCode, final, staleConnection, cause };
  return new ProviderError(kind, message, { ...facts, reply: { ...reply, wire } });
}

/** @returns `undefined` where the deployment speaks the caller's wire */
function translationFor(wire: Wire, { id, provider }: Deployment): Translation | undefined {
  const translation = translationTo(wire, provider.wires);
  // The pool offers no such deployment.
  if (translation === "none") throw new TypeError(`deployment "${id}" understands no "${wire}"`);
  return translation;
}
