import { asArray, asString, isRecord } from "../read.ts";
import type { Frame, WireBody } from "../wire.ts";
import { Events } from "./events.ts";
import { DONE } from "./frames.ts";
import { OpenCall } from "./open-call.ts";
import type { ItemPlace, ItemStatus } from "./open-item.ts";
import { type MessagePiece, OpenMessage } from "./open-message.ts";
import { OpenReasoning } from "./open-reasoning.ts";
import { toArguments } from "./tool-names.ts";

/**
 * The events of an answer of ours that is kept, as they were, but for where its texts were cut: each is in one piece. So they
 * are fewer, and their numbers others; the last event, which has the whole answer in it, always comes, with a number behind
 * `after`.
 *
 * @param after - the number of the last event that need not come
 */
export function replayed(response: WireBody, after = -1): readonly Frame[] {
  const events = new Events();
  const status: ItemStatus = response["status"] === "incomplete" ? "incomplete" : "completed";
  const { usage: _, ...head } = response;
  const begun = { ...head, status: "in_progress", completed_at: null, incomplete_details: null, output: [] };
  const frames = [
    events.make("response.created", { response: begun }),
    events.make("response.in_progress", { response: begun }),
    ...asArray(response["output"])
      .filter(isRecord)
      .flatMap((item, index) => saidAgain(item, { events, id: asString(item["id"]) ?? "", index }, status)),
  ].slice(after + 1);
  events.skipTo(after + 1);
  return [...frames, events.make(`response.${status}`, { response }), { data: DONE }];
}

function saidAgain(item: WireBody, place: ItemPlace, answer: ItemStatus): readonly Frame[] {
  const status = item["status"] === "completed" ? "completed" : answer;
  switch (item["type"]) {
    case "message": {
      const message = new OpenMessage(place);
      const pieces = asArray(item["content"]).filter(isRecord).map(toPiece);
      return [...message.open(), ...pieces.flatMap((piece) => message.add(piece)), ...message.close(status)];
    }
    case "reasoning": {
      const reasoning = new OpenReasoning(place);
      const texts = asArray(item["summary"]).filter(isRecord).map(textOf);
      return [
        ...reasoning.open(),
        ...texts.flatMap((text) => reasoning.add(text)),
        ...reasoning.close(status),
      ];
    }
    default: {
      const custom = item["type"] === "custom_tool_call";
      const origin = { name: asString(item["name"]) ?? "", namespace: asString(item["namespace"]), custom };
      const call = new OpenCall(place, asString(item["call_id"]) ?? "", origin);
      const said = custom ? toArguments(item["input"]) : (asString(item["arguments"]) ?? "");
      return [...call.open(), ...call.add(said), ...call.close(status)];
    }
  }
}

function textOf({ text }: WireBody): string {
  return asString(text) ?? "";
}

function toPiece(part: WireBody): MessagePiece {
  if (part["type"] === "refusal") {
    return { kind: "refusal", text: asString(part["refusal"]) ?? "", logprobs: [], annotations: [] };
  }
  const { logprobs, annotations } = part;
  return {
    kind: "output_text",
    text: textOf(part),
    logprobs: asArray(logprobs),
    annotations: asArray(annotations).filter(isRecord),
  };
}
