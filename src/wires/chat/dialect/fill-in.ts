/**
 * What some vendors leave out of their answers and clients rely on, filled in (wire 10–13, 20–23):
 *
 *     finish_reason, logprobs, index, role, object     as OpenAI has them, null where there is nothing
 *     finish_reason never said, or "stop" with calls   "stop", "tool_calls": agents go by it (defect 66)
 *     index of tool calls missing, or 0 for each       told from their ids (defect 66)
 *     role only later, or again and again              on the first delta of a choice (defect 67)
 *     usage beside text, or more than once             once, on a chunk of its own at the end: the last one (defect 70)
 */
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import { pick } from "./pick.ts";
import type { StreamStage } from "./stages.ts";

/** A whole answer with everything that OpenAI's have. */
export function fillInAnswer(body: WireBody): WireBody {
  const choices = asArray(body["choices"])
    .filter(isRecord)
    .map((choice, index) => {
      const { tool_calls: given, ...message } = asRecord(choice["message"]) ?? {};
      const calls = asArray(given).filter(isRecord).map(fillInCall);
      return {
        index,
        logprobs: null,
        ...choice,
        message: {
          role: "assistant",
          content: null,
          refusal: null,
          ...message,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        finish_reason: finishReason(choice["finish_reason"], calls.length > 0) ?? "stop",
      };
    });
  return { object: "chat.completion", ...body, choices };
}

/** A whole call: its arguments are a text, whatever the vendor makes of them. */
function fillInCall(call: WireBody, index: number): WireBody {
  if (call["custom"] !== undefined) return call;
  const { index: _, ...rest } = call;
  const called = asRecord(call["function"]);
  const written = called?.["arguments"] ?? {};
  return {
    id: `call_${index}`,
    type: "function",
    ...rest,
    function: { ...called, arguments: asString(written) ?? JSON.stringify(written) },
  };
}

/** "stop" does not tell an agent that it has tools to run, and "eos", Together's, says no client anything. */
function finishReason(said: unknown, calls: boolean): string | undefined {
  const reason = said === "eos" ? "stop" : asString(said) || undefined;
  return calls && (reason === undefined || reason === "stop") ? "tool_calls" : reason;
}

/** The same for chunks. */
export function fillInStage(): StreamStage {
  const choices = new Map<unknown, StreamedChoice>();
  let head: WireBody = {};
  let usage: unknown;

  const fillIn = (choice: WireBody, position: number): WireBody | undefined => {
    const index = typeof choice["index"] === "number" ? choice["index"] : position;
    const streamed = choices.get(index) ?? new StreamedChoice();
    choices.set(index, streamed);
    if (streamed.finished) return undefined;
    const delta = streamed.fillIn(asRecord(choice["delta"]) ?? {});
    const finish_reason = finishReason(choice["finish_reason"], streamed.calls > 0 && isSaid(choice)) ?? null;
    streamed.finished = finish_reason !== null;
    return { logprobs: null, ...choice, index, delta, finish_reason };
  };

  return {
    push(chunk) {
      const { choices: given, usage: told, ...rest } = chunk;
      // Each chunk says the same of its answer (wire 20); one that comes before it, as Azure's does, says nothing yet.
      if (asString(rest["id"])) {
        head = {
          object: "chat.completion.chunk",
          ...pick(rest, ["id", "object", "created", "model"]),
          ...head,
        };
      }
      if (isRecord(told)) usage = told;
      const list = asArray(given).filter(isRecord);
      const filled = list.map(fillIn).filter((choice) => choice !== undefined);
      const saysElse = Object.keys(rest).some((name) => !COMMON.has(name));
      if (filled.length === 0 && !saysElse) return [];
      return [{ ...rest, ...head, choices: filled }];
    },
    end() {
      const unfinished = [...choices].filter(([, { finished }]) => !finished);
      const ends = unfinished.map(([index, { calls }]) => ({
        index,
        delta: {},
        logprobs: null,
        finish_reason: calls > 0 ? "tool_calls" : "stop",
      }));
      return [
        ...(ends.length > 0 ? [{ ...head, choices: ends }] : []),
        ...(usage === undefined ? [] : [{ ...head, choices: [], usage }]),
      ];
    },
  };
}

function isSaid({ finish_reason }: WireBody): boolean {
  return typeof finish_reason === "string" && finish_reason !== "";
}

const COMMON: ReadonlySet<string> = new Set(["id", "object", "created", "model", "system_fingerprint"]);

/** One choice of a stream: what has been said of it. */
class StreamedChoice {
  finished = false;
  #begun = false;
  /** The id of each tool call, by its index. */
  readonly #ids: (string | undefined)[] = [];
  /** Which of them a vendor's own index means now. */
  readonly #byVendor = new Map<unknown, number>();

  get calls(): number {
    return this.#ids.length;
  }

  fillIn({ role, tool_calls, ...rest }: WireBody): WireBody {
    const calls = asArray(tool_calls)
      .filter(isRecord)
      .map((call) => this.#fillInCall(call));
    const first = !this.#begun;
    this.#begun = true;
    return {
      ...(first && { role: asString(role) || "assistant" }),
      ...rest,
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  }

  #fillInCall(call: WireBody): WireBody {
    const { id: told, type, index: theirs, ...rest } = call;
    const id = asString(told) || undefined;
    const called = asRecord(call["function"]);
    const known = this.#indexOf(id, theirs, called);
    const written = called?.["arguments"];
    const argumentsText =
      written === undefined || typeof written === "string" ? written : JSON.stringify(written);
    if (known !== undefined) {
      const { name: _, ...more } = called ?? {};
      return {
        ...rest,
        index: known,
        ...(called && { function: { ...more, arguments: argumentsText ?? "" } }),
      };
    }
    const index = this.#ids.length;
    this.#ids.push(id);
    this.#byVendor.set(theirs, index);
    const fn = called && { function: { ...called, arguments: argumentsText ?? "" } };
    return { index, id: id ?? `call_${index}`, type: type ?? "function", ...rest, ...fn };
  }

  /** Which call a piece belongs to; `undefined`: it begins one. */
  #indexOf(id: string | undefined, theirs: unknown, called: WireBody | undefined): number | undefined {
    if (id !== undefined) {
      const index = this.#ids.indexOf(id);
      return index === -1 ? undefined : index;
    }
    const last = this.#ids.length - 1;
    const index = theirs === undefined ? last : this.#byVendor.get(theirs);
    if (index === undefined || index < 0) return undefined;
    // A whole call without an id: another name is another call.
    return theirs === undefined && asString(called?.["name"]) ? undefined : index;
  }
}
