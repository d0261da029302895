/**
 * Conversations of `/v1/responses` that no vendor keeps, because the deployment speaks another wire:
 *
 *     request ─▶ the conversation it goes on from is put into it ─▶ call ─▶ answer, kept ─▶ the caller
 *
 * An answer is kept before its end is handed on: who has seen it can go on from it. A storage that fails costs the record,
 * not the answer. What a vendor of responses answered is the vendor's to keep.
 */
import type { CallContext } from "../chat.ts";
import { callerOf } from "../core/sharing/access.ts";
import type { ForgottenItems } from "../core/sharing/forget.ts";
import type { Answer } from "../dispatch.ts";
import type { Storage } from "../storage/storage.ts";
import type { EventListener } from "../telemetry.ts";
import { decodeText, parseRecord } from "../wires/read.ts";
import { asInputItems, completedResponse, isToBeKept } from "../wires/responses/kept-items.ts";
import { inputItems } from "../wires/responses/turns.ts";
import type { Frame, WireBody, WireRequest } from "../wires/wire.ts";
import { continueConversation } from "./conversation.ts";
import { type InputItemList, type InputItemQuery, pageOfItems } from "./input-item-list.ts";
import { ResponseStore, type StoredResponse } from "./response-store.ts";

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

type MakeCall = (request: WireRequest) => Promise<Answer>;

/** As long as OpenAI keeps them. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** Answers in a storage. Opens nothing before one is kept or asked for. */
export function createResponses(storage: Storage, emit: EventListener): KeptResponses {
  const store = new ResponseStore(storage, KEPT_MS);

  const keep = async (record: StoredResponse, tenant: string, callId: string): Promise<void> => {
    try {
      await store.put(tenant, record);
    } catch (error) {
      emit({ type: "degraded", callId, what: "response", error });
    }
  };

  return {
    responses: {
      get: async (id, call = {}) => (await store.get(callerOf(call).tenant, id))?.response,
      async inputItems(id, query = {}, call = {}) {
        const record = await store.get(callerOf(call).tenant, id);
        return record && pageOfItems(record.input, query);
      },
      delete: async (id, call = {}) => store.delete(callerOf(call).tenant, id),
    },

    async through(request, call, callId, make) {
      const { tenant, agentId } = callerOf(call);
      const { request: whole, own } = await continueConversation(request, tenant, store);
      const answer = await make(whole);
      const keepIfAsked = async (response: WireBody): Promise<void> => {
        if (!isToBeKept(request.body, response)) return;
        const { id } = response as ResponseObject;
        const input = asInputItems(inputItems(own.body["input"] ?? []), id) as readonly ResponseObject[];
        const record = { response: { ...response, id }, input, agentId, contextIds: shownContext(answer) };
        await keep(record, tenant, callId);
      };
      const { reply } = answer;
      if (reply.frames !== undefined) {
        return { ...answer, reply: { ...reply, frames: keptFrames(reply.frames, keepIfAsked) } };
      }
      await keepIfAsked(parseRecord(decodeText(reply.body)) ?? {});
      return answer;
    },

    async whole(request, call) {
      return (await continueConversation(request, callerOf(call).tenant, store)).request;
    },

    forget: (forgotten) => store.forget(forgotten),
  };
}

function shownContext({ report }: Answer): readonly string[] {
  return (report?.segments ?? []).flatMap(({ sources = [] }) => sources.map(({ id }) => id));
}

async function* keptFrames(
  frames: AsyncIterable<readonly Frame[]>,
  keep: (response: WireBody) => Promise<void>,
): AsyncGenerator<readonly Frame[]> {
  for await (const arrived of frames) {
    const completed = arrived.map(completedResponse).find((response) => response !== undefined);
    if (completed !== undefined) await keep(completed);
    yield arrived;
  }
}
