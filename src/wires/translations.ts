import { chatToGemini } from "./chat/to-gemini.ts";
import { chatToMessages } from "./chat/to-messages.ts";
import { completionsToChat } from "./completions/to-chat.ts";
import { embeddingsToGemini } from "./embeddings/to-gemini-embeddings.ts";
import { messagesToChat } from "./messages/to-chat.ts";
import { responsesToChat } from "./responses/to-chat.ts";
import { chain, type Translation } from "./translation.ts";
import type { Wire } from "./wire.ts";

/** Chat stands in the middle: what has no file of its own goes by way of it. */
const MIDDLE: Wire = "chat";

const direct: readonly Translation[] = [
  completionsToChat,
  responsesToChat,
  messagesToChat,
  chatToMessages,
  chatToGemini,
  embeddingsToGemini,
];

/**
 * How a call of `wire` gets to somebody who speaks some wires.
 *
 * @param spoken - the best first
 * @returns `undefined`: they speak it themselves; "none": there is no way
 */
export function translationTo(wire: Wire, spoken: readonly Wire[]): Translation | undefined | "none" {
  if (spoken.includes(wire)) return undefined;
  for (const to of spoken) {
    const found = known.get(`${wire} ${to}`);
    if (found !== undefined) return found;
  }
  return "none";
}

/** Whether who speaks these wires can be asked in `wire`. */
export function understands(spoken: readonly Wire[], wire: Wire): boolean {
  return translationTo(wire, spoken) !== "none";
}

const known: ReadonlyMap<string, Translation> = new Map(
  [...byWayOfTheMiddle(), ...direct].map((each) => [`${each.from} ${each.to}`, each]),
);

function byWayOfTheMiddle(): readonly Translation[] {
  const into = direct.filter(({ to }) => to === MIDDLE);
  const outOf = direct.filter(({ from }) => from === MIDDLE);
  return into.flatMap((first) =>
    outOf.filter(({ to }) => to !== first.from).map((second) => chain(first, second)),
  );
}
