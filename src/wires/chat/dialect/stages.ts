import { parseRecord } from "../../read.ts";
import type { FrameTranslation } from "../../translation.ts";
import type { Frame, WireBody } from "../../wire.ts";
import { DONE } from "../frames.ts";

/** One change to the chunks of a streamed answer. A chunk that needs none comes back itself, and keeps its bytes. */
export interface StreamStage {
  push(chunk: WireBody): readonly WireBody[];
  /** What is still to be said before the sentinel. */
  end(): readonly WireBody[];
}

/** Stages one behind the other, on frames: each is parsed once. */
export function throughStages(stages: readonly StreamStage[]): FrameTranslation {
  let ended = false;
  const through = (chunks: readonly WireBody[], from: number): readonly WireBody[] =>
    stages.slice(from).reduce((passing, stage) => passing.flatMap((chunk) => stage.push(chunk)), chunks);
  const end = (): readonly Frame[] => {
    if (ended) return [];
    ended = true;
    return stages.flatMap((stage, index) => through(stage.end(), index + 1)).map(toFrame);
  };
  return {
    push(frame) {
      if (frame.data === DONE) return [...end(), frame];
      const chunk = parseRecord(frame.data);
      if (chunk === undefined || chunk["error"]) return [frame];
      const passed = through([chunk], 0);
      return passed.length === 1 && passed[0] === chunk ? [frame] : passed.map(toFrame);
    },
    end,
  };
}

function toFrame(chunk: WireBody): Frame {
  return { data: JSON.stringify(chunk) };
}
