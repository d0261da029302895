import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { CustomInput } from "./custom-input.ts";
import { unwrapToolCall } from "./custom-tools.ts";
import type { StreamStage } from "./stages.ts";

/** The wrapped calls of a whole answer as what the caller offered: custom tools. */
export function unwrapAnswer(body: WireBody, names: ReadonlySet<string>): WireBody {
  const choices = mapIfChanged(asArray(body["choices"]), (choice) => {
    const message = asRecord(choice["message"]);
    const calls = asArray(message?.["tool_calls"]);
    const unwrapped = mapIfChanged(calls, (call) => unwrapToolCall(call, names));
    return unwrapped === calls ? choice : { ...choice, message: { ...message, tool_calls: unwrapped } };
  });
  return choices === body["choices"] ? body : { ...body, choices };
}

/** A wrapped call that is under way. */
interface Wrapped {
  readonly input: CustomInput;
  /** Where it stands: the choice, and the call in it. */
  readonly choice: unknown;
  readonly index: unknown;
}

/** The same for chunks: each piece of text goes on as it comes. */
export function unwrapStage(names: ReadonlySet<string>): StreamStage {
  const wrapped = new Map<string, Wrapped>();
  let head: WireBody = {};

  const pieceOf = (delta: WireBody, choice: unknown): WireBody | undefined => {
    const { function: called, ...rest } = delta;
    const told = asRecord(called);
    const name = asString(told?.["name"]);
    const key = JSON.stringify([choice, delta["index"]]);
    if (name !== undefined && names.has(name)) {
      wrapped.set(key, { input: new CustomInput(), choice, index: delta["index"] });
    }
    const call = wrapped.get(key);
    if (call === undefined) return delta;
    const input = call.input.push(asString(told?.["arguments"]) ?? "");
    if (name !== undefined) return { ...rest, type: "custom", custom: { name, input } };
    return input === "" ? undefined : { ...rest, custom: { input } };
  };

  const unwrapDelta = (choice: WireBody): WireBody => {
    const delta = asRecord(choice["delta"]);
    const calls = asArray(delta?.["tool_calls"]).filter(isRecord);
    const pieces = calls.map((call) => pieceOf(call, choice["index"]));
    if (pieces.every((piece, index) => piece === calls[index])) return choice;
    const { tool_calls: _, ...others } = delta ?? {};
    const kept = pieces.filter((piece) => piece !== undefined);
    return { ...choice, delta: kept.length > 0 ? { ...others, tool_calls: kept } : others };
  };

  const flush = (isDue: (call: Wrapped) => boolean): readonly WireBody[] =>
    [...wrapped].flatMap(([key, call]) => {
      if (!isDue(call)) return [];
      wrapped.delete(key);
      const input = call.input.end();
      if (input === "") return [];
      const delta = { tool_calls: [{ index: call.index, custom: { input } }] };
      return [{ ...head, choices: [{ index: call.choice, delta, finish_reason: null }] }];
    });

  return {
    push(chunk) {
      const { choices, usage: _, ...rest } = chunk;
      head = rest;
      const finished = new Set(
        asArray(choices)
          .filter(isRecord)
          .filter((choice) => typeof choice["finish_reason"] === "string")
          .map((choice) => choice["index"]),
      );
      const unwrapped = mapIfChanged(asArray(choices), unwrapDelta);
      const said = unwrapped === choices ? chunk : { ...chunk, choices: unwrapped };
      // What was kept back of a call is said before its choice is finished.
      return [...flush((call) => finished.has(call.choice)), said];
    },
    end: () => flush(() => true),
  };
}

/** The list itself where nothing in it changed. */
function mapIfChanged(list: readonly unknown[], change: (each: WireBody) => WireBody): readonly unknown[] {
  const changed = list.map((each) => (isRecord(each) ? change(each) : each));
  return changed.every((each, index) => each === list[index]) ? list : changed;
}
