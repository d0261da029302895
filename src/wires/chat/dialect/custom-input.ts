/**
 * The text of a wrapped custom tool, out of `{"input":"…"}` that comes in pieces: each piece of text is given out as soon
 * as it is there.
 *
 *     before ──the text's opening quote──▶ inside ──its closing quote──▶ after
 *        └── anything else than this wrapping: kept, and read at the end
 *
 * An escape that a piece cuts in half waits for its other half. Work for a piece does not grow with those before it.
 */
import { inputOf } from "./custom-tools.ts";

type State = "before" | "inside" | "after" | "unwrapped";

const OPENING = /^\s*\{\s*"input"\s*:\s*"/;
/** Longer than any way to write what comes before the text. */
const LONGEST_OPENING = 64;
/** Text up to the closing quote: plain signs and whole escapes. */
const TEXT = /^(?:[^"\\]|\\(?:u[0-9a-fA-F]{4}|[^u]))*/;

export class CustomInput {
  #state: State = "before";
  #waiting: string[] = [];

  /** What is known of the text with this piece. */
  push(piece: string): string {
    if (this.#state === "after") return "";
    this.#waiting.push(piece);
    if (this.#state === "unwrapped") return "";
    let text = this.#waiting.join("");
    if (this.#state === "before") {
      const opening = OPENING.exec(text)?.[0];
      if (opening === undefined) {
        if (text.length > LONGEST_OPENING) this.#state = "unwrapped";
        return "";
      }
      this.#state = "inside";
      text = text.slice(opening.length);
    }
    const whole = TEXT.exec(text)?.[0] ?? "";
    const rest = text.slice(whole.length);
    if (rest.startsWith('"')) this.#state = "after";
    this.#waiting = this.#state === "after" || rest === "" ? [] : [rest];
    return unescaped(whole);
  }

  /** No more comes. @returns what was kept, where it was another text than expected */
  end(): string {
    const { length } = this.#waiting;
    const kept = this.#state === "before" || this.#state === "unwrapped" ? this.#waiting.join("") : "";
    this.#state = "after";
    this.#waiting = [];
    return length === 0 || kept === "" ? "" : inputOf(kept);
  }
}

function unescaped(text: string): string {
  // Control signs must be escaped in JSON, and models forget it.
  const valid = text.replace(/\p{Cc}/gu, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  try {
    return JSON.parse(`"${valid}"`);
  } catch {
    return text;
  }
}
