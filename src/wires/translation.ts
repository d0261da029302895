import type { VendorMemory } from "./vendor-memory.ts";
import type { Frame, Wire, WireBody, WireRequest } from "./wire.ts";

/**
 * Takes calls of one wire to a deployment that speaks another, and its answers back. One file a direction:
 * `<caller's wire>/to-<deployment's wire>.ts`. Where caller and deployment share a wire none takes part.
 *
 *     request ──▶ request()  ──▶ upstream
 *     answer  ◀── answer()   ◀── whole
 *     frames  ◀── frames()   ◀── streamed, frame by frame
 *
 * Keeps no state between calls: each attempt translates anew, from the caller's own request.
 */
export interface Translation {
  /** The caller's wire. */
  readonly from: Wire;
  /** The deployment's wire. */
  readonly to: Wire;

  /**
   * @param request - its `model` is the name that is sent
   * @param memory - what the deployment's vendor wants back with tool calls: read for the request, written from the answer
   * @param now - Unix time in seconds, for answers whose wire does not tell when they were made
   * @throws PromptCompilerError `PC_INVALID_REQUEST` where what is asked for cannot be asked for in the other wire at all
   */
  translate(request: WireRequest, memory: VendorMemory, now: number): Translated;
}

/** One request in another wire, and the way back for its answer. */
export interface Translated {
  readonly request: WireRequest;

  /**
   * What the other wire cannot say and the request goes without, as paths into the caller's body: "logit_bias",
   * "messages[2].content[0]". Each once: it is reported, never left out in silence.
   */
  readonly dropped: readonly string[];

  /** A whole answer in the caller's wire. Usage and every word of it are kept. */
  answer(body: WireBody): WireBody;

  /** For the frames of one streamed answer. */
  frames(): FrameTranslation;
}

/** Translates the frames of one answer, in order. The work for a frame does not grow with those before it. */
export interface FrameTranslation {
  /**
   * What one frame is in the caller's wire: any number of frames. A frame that cannot be read comes back as it is; one that
   * reports an error becomes one that reports it. Usage is told whether or not the caller asked: it is taken out later.
   */
  push(frame: Frame): readonly Frame[];

  /** What is still to be said when the last frame is through: the wire's sentinel where it has one. */
  end(): readonly Frame[];
}

/** Two translations, one behind the other. */
export function chain(first: Translation, second: Translation): Translation {
  return {
    from: first.from,
    to: second.to,
    translate(request, memory, now) {
      const outer = first.translate(request, memory, now);
      const inner = second.translate(outer.request, memory, now);
      return {
        request: inner.request,
        dropped: [...new Set([...outer.dropped, ...inner.dropped])],
        answer: (body) => outer.answer(inner.answer(body)),
        frames() {
          const [far, near] = [inner.frames(), outer.frames()];
          return {
            push: (frame) => far.push(frame).flatMap((each) => near.push(each)),
            end: () => [...far.end().flatMap((each) => near.push(each)), ...near.end()],
          };
        },
      };
    },
  };
}
