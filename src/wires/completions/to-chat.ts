/**
 * Legacy completions for whoever speaks chat: the prompt is what the user says, the answer's content is the text. Fields
 * of the same name and meaning go along, those that nobody here knows too.
 */
import { PromptCompilerError } from "../../errors.ts";
import { DONE } from "../chat/frames.ts";
import { asArray, asRecord, asString, isRecord, parseRecord } from "../read.ts";
import type { Translation } from "../translation.ts";
import type { WireBody } from "../wire.ts";
import { promptOf } from "./codec.ts";

/** What a chat cannot be asked for. */
const UNSAYABLE = ["suffix", "best_of", "logprobs"];

export const completionsToChat: Translation = {
  from: "completions",
  to: "chat",
  translate({ body, headers }) {
    const prompt = promptOf(body);
    if (prompt === undefined) {
      const message = "the deployment speaks chat: it takes one prompt of text, not several, nor token ids";
      throw new PromptCompilerError("PC_INVALID_REQUEST", message, { param: "prompt" });
    }
    const { prompt: _, echo, ...rest } = body;
    const kept = Object.entries(rest).filter(([name]) => !UNSAYABLE.includes(name));
    const echoed = echo === true ? prompt : "";
    return {
      request: {
        wire: "chat",
        body: { ...Object.fromEntries(kept), messages: [{ role: "user", content: prompt }] },
        headers,
      },
      dropped: UNSAYABLE.filter((name) => body[name] !== undefined && body[name] !== null),
      answer: (answer) => ({ ...toCompletion(answer, "message", () => echoed), usage: answer["usage"] }),
      frames() {
        const begun = new Set<unknown>();
        const echoOnce = (index: unknown): string => {
          if (begun.has(index)) return "";
          begun.add(index);
          return echoed;
        };
        return {
          push(frame) {
            const chunk = frame.data === DONE ? undefined : parseRecord(frame.data);
            if (chunk === undefined || chunk["error"]) return [frame];
            const { usage } = chunk;
            const completion = toCompletion(chunk, "delta", echoOnce);
            return [{ data: JSON.stringify(usage === undefined ? completion : { ...completion, usage }) }];
          },
          end: () => [],
        };
      },
    };
  },
};

/** @param echo - what stands before the text of the choice with this index */
function toCompletion(
  { id, created, model, choices, ...rest }: WireBody,
  key: "message" | "delta",
  echo: (index: unknown) => string,
): WireBody {
  return {
    id,
    object: "text_completion",
    created,
    model,
    ...("system_fingerprint" in rest && { system_fingerprint: rest["system_fingerprint"] }),
    choices: asArray(choices)
      .filter(isRecord)
      .map(({ index, finish_reason = null, ...choice }) => ({
        text: echo(index) + (asString(asRecord(choice[key])?.["content"]) ?? ""),
        index,
        logprobs: null,
        finish_reason,
      })),
  };
}
