import type { ChangeableOptions } from "./generation.ts";
import { checkNames } from "./options.ts";

/** What may change while calls go on. */
const CHANGEABLE = Object.keys({
  deployments: true,
  strategy: true,
  retry: true,
  timeouts: true,
  affinity: true,
  health: true,
  hedge: true,
  probe: true,
  batching: true,
} satisfies Record<keyof ChangeableOptions, true>);

/** What may not, and why. */
const FIXED: Readonly<Record<string, string>> = {
  storage: "what is remembered lives in it",
  state: "the attempts under way are counted in it",
  cache: "what it keeps would be lost",
  semanticCache: "what it keeps would be lost",
  singleFlight: "calls under way may be joined",
  embedder: "what is kept was embedded by it",
  ranker: "conversations would be compiled otherwise from one turn to the next",
  context: "conversations would be compiled otherwise from one turn to the next",
  batches: "those under way go by it",
  responses: "what is kept already goes by it",
  stats: "what calls came to is written where it was begun",
  admission: "calls wait in its queue",
  clock: "everything under way goes by it",
  random: "everything under way draws from it",
  onEvent: "who listens would miss how calls end",
  modelHint: "it is of the compiler",
};

/** @throws TypeError naming an option that may not change, with the reason and what to do */
export function refuseFixed(changes: unknown): void {
  const name = Object.keys(changes ?? {}).find((each) => Object.hasOwn(FIXED, each));
  if (name === undefined) return;
  throw new TypeError(
    `reconfigure: ${name} cannot change while calls go on, since ${FIXED[name]}; make a new compiler, and close this one`,
  );
}

/** @throws TypeError naming what may not change, or is no option */
export function checkChanges(changes: object): void {
  refuseFixed(changes);
  checkNames("reconfigure", changes, CHANGEABLE);
}
