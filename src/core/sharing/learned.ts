/**
 * What is to be learned from items, word for word: no model, and nothing that is not there.
 *
 *     decision       a call of a tool; a sentence in which somebody decides
 *     fact           another sentence with a number, a date, a name or a path in it
 *     identifier     a value that names one thing, under its key where it has one
 *     tool-result    how the result of a tool begins
 *
 * Who decides is told by words such as "we will take", in the languages listed below; in others a decision is a fact.
 * It is made of the items when it is asked for: nothing more is stored, and nothing is left when an item is forgotten.
 */
import { onOneLine, splitSentences } from "../../sentences.ts";
import { distinctness, identifiersOf } from "../blocks/identifiers.ts";
import type { ContextItem, ItemRole } from "./item.ts";

/** One thing that was learned, and from where. */
export interface Learned {
  readonly kind: "decision" | "fact" | "identifier" | "tool-result";
  readonly text: string;
  /** Of an identifier: the key it stood under, where it had one. */
  readonly name?: string | undefined;
  readonly itemId: string;
  readonly agentId: string;
  readonly role: ItemRole;
  /** The tool that was called, or that answered. */
  readonly tool?: string | undefined;
  /** Milliseconds since the epoch, when it was said. */
  readonly at: number;
}

/** Of one kind from one item: a page of figures has hundreds of facts, and nobody learns them all. */
const MOST_OF_A_KIND = 16;

/** Characters of a sentence; a longer one is no sentence. And of the beginning of a result. */
const LONGEST_SENTENCE = 600;
const LONGEST_BEGINNING = 200;

/** English, German, French, Spanish, Italian, Dutch, Polish, Russian, Chinese. */
const DECIDES = new RegExp(
  [
    String.raw`\b(?:decided?|decision|agreed?|chose|chosen|booked|confirmed|cancelled|we(?:'ll| will)|i(?:'ll| will)|let's|go(?:ing)? with|instead of)\b`,
    String.raw`\b(?:beschlossen|entschieden|entscheid\p{L}*|vereinbart|gebucht|bestätigt|wir nehmen|wir werden|statt)\b`,
    String.raw`\b(?:décid\p{L}*|convenu|réservé|confirmé|annulé|nous prenons|decidi\p{L}*|acordado|reservado|deciso|prenotato)\b`,
    String.raw`\b(?:besloten|afgesproken|geboekt|zdecydowa\p{L}*|zarezerwowa\p{L}*)\b|(?:решил|договорил|забронировал)|决定|确定|预订`,
  ].join("|"),
  "iu",
);

/** What an item teaches, in the order in which it says it; values behind sentences. */
export function learnedFrom(item: ContextItem): readonly Learned[] {
  const { id, agentId, role, tool, createdAt, occurredAt = createdAt } = item;
  const source = { itemId: id, agentId, role, ...(tool !== undefined && { tool }), at: occurredAt };
  const learned = [...sayings(item), ...values(item)];
  const counts = new Map<string, number>();
  return learned
    .filter(({ kind }) => {
      const count = (counts.get(kind) ?? 0) + 1;
      counts.set(kind, count);
      return count <= MOST_OF_A_KIND;
    })
    .map((one) => ({ ...one, ...source }));
}

type Saying = Pick<Learned, "kind" | "text" | "name">;

function sayings({ role, tool, content }: ContextItem): readonly Saying[] {
  if (role === "tool") return [{ kind: "tool-result", text: onOneLine(content.slice(0, LONGEST_BEGINNING)) }];
  if (role === "assistant" && tool !== undefined) return [{ kind: "decision", text: content }];
  return splitSentences(content)
    .map(onOneLine)
    .filter((sentence) => sentence.length <= LONGEST_SENTENCE && !sentence.endsWith("?"))
    .flatMap((text): readonly Saying[] => {
      if (DECIDES.test(text)) return [{ kind: "decision", text }];
      return identifiersOf(text).length > 0 ? [{ kind: "fact", text }] : [];
    });
}

function values({ content }: ContextItem): readonly Saying[] {
  return identifiersOf(content)
    .filter(({ value }) => distinctness(value) === 2)
    .map(({ name, value }) => ({ kind: "identifier", text: value, ...(name !== "" && { name }) }));
}
