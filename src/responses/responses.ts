/**
 * Conversations of `/v1/responses`. Where the deployment speaks another wire no vendor keeps them, and we do:
 *
 *     request ─▶ the conversation it goes on from is put into it ─▶ call ─▶ answer, kept ─▶ the caller
 *
 * What a vendor of responses answered is the vendor's to keep; here it is known whose it is and which deployment to ask:
 *
 *     request ─▶ the deployment that keeps what it goes on from ─▶ answer ─▶ its deployment, kept ─▶ the caller
 *
 * An answer is kept before its end is handed on, a deployment before its first event: who has seen it can go on from it. A
 * storage that fails costs the record, not the answer.
 */
import type { CallContext } from "../chat.ts";
import { callerOf } from "../core/sharing/access.ts";
import type { ForgottenItems } from "../core/sharing/forget.ts";
import type { Answer } from "../dispatch.ts";
import type { Storage } from "../storage/storage.ts";
import type { EventListener } from "../telemetry.ts";
import { asString, decodeText, parseRecord } from "../wires/read.ts";
import { isOwnResponseId } from "../wires/responses/ids.ts";
import {
  asInputItems,
  begunResponse,
  completedResponse,
  vendorPreviousOf,
} from "../wires/responses/kept-items.ts";
import { inputItems } from "../wires/responses/turns.ts";
import type { Frame, WireBody, WireRequest } from "../wires/wire.ts";
import { continueConversation, previousNotFound } from "./conversation.ts";
import type { Sources } from "./forgotten.ts";
import { type InputItemList, type InputItemQuery, pageOfItems } from "./input-item-list.ts";
import { ResponseStore } from "./response-store.ts";
import { STRANGERS, VendorResponses } from "./vendor-responses.ts";

/** How answers to `/v1/responses` are kept. */
export interface ResponsesOptions {
  /** How long an answer can be got, and gone on from: 30 days, as OpenAI's. @defaultValue 2_592_000_000 */
  readonly ttlMs?: number | undefined;
}

/** What an option of `responses` is when it is left out. */
export const responsesDefaults = { ttlMs: 30 * 24 * 60 * 60 * 1000 };

/** Answers that are kept here. What is not there, or another tenant's, is `undefined`. */
export interface Responses {
  get(id: string, call?: CallContext): Promise<ResponseObject | undefined>;

  /** What the answer was asked with, without the conversation before it. */
  inputItems(
    id: string,
    query?: InputItemQuery,
    call?: CallContext,
  ): Promise<InputItemList<ResponseObject> | undefined>;

  /** Takes an answer out for good: no conversation can go on from it. @returns whether there was one */
  delete(id: string, call?: CallContext): Promise<boolean>;

  /** Who keeps an answer that is not kept here: the deployment that gave it, for `forward`. */
  keeper(id: string, call?: CallContext): Promise<ResponseKeeper | undefined>;
}

/** The deployment whose vendor keeps an answer. */
export interface ResponseKeeper {
  /** Its id. */
  readonly deployment: string;
  /** The model that the answer was asked of; `undefined`: it was left to the pool. */
  readonly model: string | undefined;
}

/** An object of OpenAI's responses: an answer, or an item of one. */
export type ResponseObject = WireBody & { readonly id: string };

/** Answers, and the calls that go on from them. */
export interface KeptResponses {
  readonly responses: Responses;
  /** Makes a call with the conversation that it goes on from, and keeps its answer. */
  through(request: WireRequest, call: CallContext, callId: string, make: MakeCall): Promise<Answer>;
  /** A request with the conversation that it goes on from. */
  whole(request: WireRequest, call: CallContext): Promise<WireRequest>;
  /** Takes out what may repeat what is being forgotten. */
  forget(forgotten: ForgottenItems): Promise<void>;
}

/** @param keptBy - the deployment that keeps what the request goes on from */
type MakeCall = (request: WireRequest, keptBy: string | undefined) => Promise<Answer>;

/** Answers in a storage. Opens nothing before one is kept or asked for. */
export function createResponses(
  storage: Storage,
  { ttlMs = responsesDefaults.ttlMs }: ResponsesOptions,
  emit: EventListener,
): KeptResponses {
  const store = new ResponseStore(storage, ttlMs);
  const vendors = new VendorResponses(storage, ttlMs);

  /** Without the storage a call goes on: it asks what it can. */
  const orDegraded = async <T>(callId: string, work: Promise<T>): Promise<T | undefined> => {
    try {
      return await work;
    } catch (error) {
      emit({ type: "degraded", callId, what: "response", error });
      return undefined;
    }
  };

  /** The deployment that keeps what a request goes on from; `undefined`: nothing is known of it. */
  const keptBy = async (body: WireBody, call: CallContext, callId: string): Promise<string | undefined> => {
    const previous = vendorPreviousOf(body);
    if (previous === undefined) return undefined;
    const found = await orDegraded(callId, vendors.find(previous, call));
    if (found === STRANGERS) throw previousNotFound(previous);
    return found?.deployment;
  };

  return {
    responses: {
      get: async (id, call = {}) => (await store.get(id, call))?.response,
      async inputItems(id, query = {}, call = {}) {
        const record = await store.get(id, call);
        return record && pageOfItems(record.input, query);
      },
      delete: async (id, call = {}) => store.delete(id, call),
      async keeper(id, call = {}) {
        const found = await vendors.find(id, call);
        return found === undefined || found === STRANGERS
          ? undefined
          : { deployment: found.deployment, model: found.model };
      },
    },

    async through(request, call, callId, make) {
      const { tenant, agentId } = callerOf(call);
      const { request: whole, own } = await continueConversation(request, call, store);
      const answer = await make(whole, await keptBy(request.body, call, callId));
      if (request.body["store"] === false) return answer;
      const sources: Sources = { agentId, contextIds: shownContext(answer) };
      const keep = async (response: WireBody): Promise<void> => {
        const { id } = response as ResponseObject;
        const input = asInputItems(inputItems(own.body["input"] ?? []), id) as readonly ResponseObject[];
        await orDegraded(callId, store.put(tenant, { response: { ...response, id }, input, ...sources }));
      };
      let remembered = false;
      const remember = async (id: string): Promise<void> => {
        if (remembered) return;
        remembered = true;
        const record = { deployment: answer.deployment, model: asString(request.body["model"]), ...sources };
        await orDegraded(callId, vendors.put(tenant, id, record));
      };
      const hear = async (response: WireBody, isWhole: boolean): Promise<void> => {
        const id = asString(response["id"]);
        if (!isOwnResponseId(id)) await remember(id ?? "");
        else if (isWhole) await keep(response);
      };
      const { reply } = answer;
      if (reply.frames !== undefined) {
        return { ...answer, reply: { ...reply, frames: heardFrames(reply.frames, hear) } };
      }
      await hear(parseRecord(decodeText(reply.body)) ?? {}, true);
      return answer;
    },

    async whole(request, call) {
      return (await continueConversation(request, call, store)).request;
    },

    async forget(forgotten) {
      await store.forget(forgotten);
      await vendors.forget(forgotten);
    },
  };
}

function shownContext({ report }: Answer): readonly string[] {
  return (report?.segments ?? []).flatMap(({ sources = [] }) => sources.map(({ id }) => id));
}

/** Frames as they come; the response that they begin with, and the whole one at the end, are heard of before they go on. */
async function* heardFrames(
  frames: AsyncIterable<readonly Frame[]>,
  hear: (response: WireBody, isWhole: boolean) => Promise<void>,
): AsyncGenerator<readonly Frame[]> {
  for await (const arrived of frames) {
    for (const frame of arrived) {
      const begun = begunResponse(frame);
      const whole = completedResponse(frame);
      if (begun !== undefined) await hear(begun, false);
      if (whole !== undefined) await hear(whole, true);
    }
    yield arrived;
  }
}
