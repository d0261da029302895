import { isProviderError, ProviderError } from "../errors.ts";
import { adapt } from "../wires/dialect.ts";
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
  /** What the request says in the vendor's own words. */
  readonly changed: readonly string[];
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
  const translation = translationFor(call.wire, deployment);
  const spoken = translation?.to ?? call.wire;
  const rendered = call.requestFor({ wire: call.wire, model, contextWindow, spoken });
  const translated = translation?.translate(
    // What a model understands differs from model to model.
    { ...rendered, body: { ...rendered.body, model }, source: undefined },
    memories.of(call.tenant, translation.to),
    Math.floor(now / 1000),
  );
  const adapted = adapt(translated?.request ?? rendered, provider.dialect, model, (vendor) =>
    memories.of(call.tenant, vendor),
  );
  const asked = adapted.request;
  const codec = codecFor(asked.wire);
  const rejected = (provider.rejects ?? []).filter((name) => Object.hasOwn(asked.body, name));
  const told = rejected.filter((name) => asked.body[name] !== null);
  const request = codec.forDeployment(asked, { model, dropped: rejected });

  const read = (bytes: Uint8Array): { readonly body: Uint8Array; readonly parsed: WireBody } => {
    const said = readAnswer(bytes, codec, id);
    const parsed = adapted.answer?.(said) ?? said;
    return { body: parsed === said ? bytes : toBytes(parsed), parsed };
  };
  const framesOf = (arriving: FrameIterator): FrameIterator =>
    adapted.frames ? new TranslatedFrames(arriving, adapted.frames()) : arriving;
  if (translated === undefined) {
    const { changed } = adapted;
    const dropped = [...adapted.dropped, ...told];
    return { request, dropped, changed, answer: read, frames: framesOf, failure: (error) => error };
  }
  return {
    request,
    // What has been put into other words altogether is not told apart by its words.
    changed: [],
    dropped: [...new Set([...translated.dropped, ...adapted.dropped, ...told])],
    answer(bytes) {
      const parsed = translated.answer(read(bytes).parsed);
      return { body: toBytes(parsed), parsed };
    },
    frames: (arriving) => new TranslatedFrames(framesOf(arriving), translated.frames()),
    failure: (error) => (isProviderError(error) ? inWordsOf(error, asked.wire) : error),
  };
}

type FrameIterator = AsyncIterator<readonly Frame[]>;

function toBytes(body: WireBody): Uint8Array {
  return Buffer.from(JSON.stringify(body));
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
