import { evidenceRows } from "../evidence.ts";
import type { Corpus, Question } from "../question.ts";
import type { Row } from "../row.ts";
import type { BenchContext } from "../set.ts";

/** `locomo-*.json` */
export type Locomo = readonly {
  readonly qa: readonly {
    readonly question: string;
    readonly evidence: readonly string[];
    readonly category: number;
  }[];
  readonly conversation: Readonly<Record<string, unknown>>;
}[];

interface Turn {
  readonly speaker: string;
  readonly dia_id: string;
  readonly text: string;
  /** What a picture that was sent along shows. */
  readonly blip_caption?: string;
}

/** Category 5 asks what was never said: it has no evidence to keep. */
const LAST_ANSWERABLE = 4;

/** LoCoMo: turns of long dialogues, the evidence given by turn. */
export function locomo(dialogues: Locomo): readonly Question[] {
  return dialogues.flatMap(({ qa, conversation }) => {
    const turns = Object.keys(conversation)
      .filter((name) => /^session_\d+$/.test(name))
      .sort((a, b) => numberOf(a) - numberOf(b))
      .flatMap((session) =>
        (conversation[session] as readonly Turn[]).map((turn) => ({
          ...turn,
          group: session,
          date: toDate(String(conversation[`${session}_date_time`])),
        })),
      );
    const corpus: Corpus = {
      kind: "dialogue",
      units: turns.map(({ speaker, group, date, ...turn }) => ({ speaker, text: textOf(turn), group, date })),
    };
    return qa
      .filter(({ category }) => category <= LAST_ANSWERABLE)
      .map(({ question, evidence }) => ({
        text: question,
        corpus,
        evidence: turns.flatMap(({ dia_id }, index) => (isNamed(dia_id, evidence) ? [index] : [])),
      }))
      .filter(({ evidence }) => evidence.length > 0);
  });
}

function textOf({ text, blip_caption }: Pick<Turn, "text" | "blip_caption">): string {
  return blip_caption === undefined ? text : `${text} [picture: ${blip_caption}]`;
}

/** Some lists of evidence are one string: "D8:6; D9:17". */
function isNamed(id: string, evidence: readonly string[]): boolean {
  return evidence.some((names) => names.split(/[;,\s]+/).includes(id));
}

function numberOf(session: string): number {
  return Number(session.slice("session_".length));
}

/** "1:56 pm on 8 May, 2023", taken as UTC. */
function toDate(said: string): number {
  const [time = "", day = ""] = said.split(" on ");
  return Date.parse(`${day.replace(",", "")} ${time} UTC`);
}

const BUDGETS = [0.3, 0.2, 0.1, 0.05];

/** The rows of every such file. */
export async function rows(context: BenchContext): Promise<readonly Row[]> {
  const found: Row[] = [];
  for (const file of await context.data.files(/^locomo-.*\.json$/)) {
    found.push(...(await evidenceRows(file.stem, locomo(await file.json<Locomo>()), BUDGETS, context)));
  }
  return found;
}
