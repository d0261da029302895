/**
 * Answers whose content is a list of parts, thinking among them, as Mistral's are: the texts become the content, which
 * clients of OpenAI read as one, and the thinking `reasoning_content`, where they look for it.
 */
import { asArray, asRecord, asString, isRecord } from "../../read.ts";
import type { WireBody } from "../../wire.ts";
import type { StreamStage } from "./stages.ts";

/** A whole answer with plain content; itself where it is plain already. */
export function plainAnswer(body: WireBody): WireBody {
  return mapChoices(body, "message");
}

/** The same for chunks. */
export function plainStage(): StreamStage {
  return { push: (chunk) => [mapChoices(chunk, "delta")], end: () => [] };
}

function mapChoices(body: WireBody, said: "message" | "delta"): WireBody {
  const choices = asArray(body["choices"]);
  const plain = choices.map((choice) => {
    const message = asRecord(asRecord(choice)?.[said]);
    return Array.isArray(message?.["content"])
      ? { ...asRecord(choice), [said]: plainMessage(message) }
      : choice;
  });
  return plain.every((choice, index) => choice === choices[index]) ? body : { ...body, choices: plain };
}

function plainMessage({ content, ...message }: WireBody): WireBody {
  const parts = asArray(content).filter(isRecord);
  const thought = textOf(parts.flatMap(({ thinking }) => asArray(thinking).filter(isRecord)));
  const text = textOf(parts);
  return {
    ...message,
    ...(text !== "" && { content: text }),
    ...(thought !== "" && { reasoning_content: thought }),
  };
}

function textOf(parts: readonly WireBody[]): string {
  return parts.map(({ text }) => asString(text) ?? "").join("");
}
