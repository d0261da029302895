import { asArray } from "../read.ts";
import type { WireBody, WireQuestion, WireReuse } from "../wire.ts";
import { inputItems } from "./turns.ts";

/** When one response may answer several calls. A response repeats what was asked: nearly every field counts. */
export const responsesReuse: WireReuse = {
  silentFields: new Set(["stream", "stream_options"]),
  silentHeaders: new Set(["idempotency-key", "x-client-request-id"]),

  repeats({ store, background, conversation, temperature, tools }) {
    // Who asks for a record, or adds to one, gets an answer of their own.
    if (store === true || background === true || (conversation ?? null) !== null) return "never";
    // What hosted tools find changes, whatever the temperature.
    const isHosted = inputItems(tools).some(({ type }) => !OWN_TOOLS.has(type));
    return temperature === 0 && !isHosted ? "always" : "if-asked";
  },

  question,
};

const OWN_TOOLS: ReadonlySet<unknown> = new Set(["function", "custom", "namespace"]);

function question(body: WireBody): WireQuestion | undefined {
  const { input, tools, previous_response_id: previous } = body;
  const isPlain = typeof input === "string" && asArray(tools).length === 0 && (previous ?? null) === null;
  return isPlain ? { text: input, rest: { ...body, input: "" } } : undefined;
}
