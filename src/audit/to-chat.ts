import { createHash } from "node:crypto";
import { codecFor, translationTo } from "../wires/index.ts";
import { asArray, isRecord } from "../wires/read.ts";
import type { VendorMemory } from "../wires/vendor-memory.ts";
import type { Wire, WireBody } from "../wires/wire.ts";

/** Nothing is kept between calls that were made long ago. */
const NOTHING: VendorMemory = { get: () => undefined, set: () => undefined };

/** A request of another wire as one of a chat, which is what compiles; of what a chat cannot say, nothing is left. */
export function toChatRequest(wire: Wire, body: WireBody): WireBody {
  const translation = translationTo(wire, ["chat"]);
  if (translation === undefined) return body;
  if (translation === "none") throw new TypeError(`a request of ${wire} is none that a chat could be`);
  return translation.translate({ wire, body }, NOTHING, 0).request.body;
}

/** The messages of a request of another wire. */
export function toChatMessages(wire: Wire, body: WireBody): readonly WireBody[] {
  return asArray(toChatRequest(wire, body)["messages"]).filter(isRecord);
}

/** Which wire a request is of, by what only that one says. @param answer - to the request, where the log has it */
export function wireOf(sent: WireBody, answer: WireBody | undefined): Wire {
  if (answer?.["object"] === "response" || sent["input"] !== undefined) return "responses";
  if (answer?.["type"] === "message" || sent["system"] !== undefined) return "messages";
  return "chat";
}

/** The tools of a request. */
export function toolsOf(body: WireBody): readonly object[] | undefined {
  const tools = asArray(body["tools"]).filter(isRecord);
  return tools.length > 0 ? tools : undefined;
}

/** The same in each turn of a conversation; `undefined`: nobody asked anything. */
export function beginningOf(chat: WireBody): string | undefined {
  const opening = codecFor("chat").opening(chat);
  if (opening === undefined) return undefined;
  return createHash("sha256").update(JSON.stringify(opening.said)).digest("base64url");
}
