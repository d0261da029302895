import type { QuestionFacts } from "./same-question.ts";

/** A question, as it is looked for. */
export interface Question {
  /** Only questions of one scope answer each other. */
  readonly scope: string;
  /** Of Euclidean norm 1. */
  readonly vector: Float32Array;
  readonly facts: QuestionFacts;
}

/** A question as it is written down beside its answer: no word of it but those of `facts`. */
export interface WrittenQuestion {
  /** The bytes of the numbers, in base64. */
  readonly vector: string;
  readonly facts: QuestionFacts;
  /** When its answer was kept, in milliseconds since the epoch. */
  readonly answeredAt: number;
}

export function writeQuestion({ vector, facts }: Question, answeredAt: number): WrittenQuestion {
  const bytes = Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
  return { vector: bytes.toString("base64"), facts, answeredAt };
}

export function readWrittenQuestion(scope: string, { vector, facts }: WrittenQuestion): Question {
  // A copy of its own: a vector of four-byte numbers must begin at a multiple of four.
  const bytes = Uint8Array.from(Buffer.from(vector, "base64"));
  return { scope, vector: new Float32Array(bytes.buffer), facts };
}
