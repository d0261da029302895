import type { CallContext } from "../chat.ts";
import { parseCacheControl } from "../scheduler/cache/cache-control.ts";

/** One thing that a caller may say of a call, as a header or in the body's `pc` object. */
export interface CallField {
  /** As documented; headers are looked up without regard to case. */
  readonly header: string;
  readonly field: string;
  readonly name: Exclude<keyof CallContext, "tenant" | "agents" | "signal">;
  /** What a value has to be, for the error message. */
  readonly expected: string;
  /** Of a header's text or a JSON value; `undefined`: not such a value. */
  readonly parse: (value: unknown) => string | number | boolean | undefined;
}

const LONGEST_LABEL = 256;

/** The table: what can be said, under which names, and what it may be. */
export const callFields: readonly CallField[] = [
  { header: "X-PC-Agent-ID", field: "agent_id", name: "agentId", ...label() },
  { header: "X-PC-Session-ID", field: "session_id", name: "sessionId", ...label() },
  { header: "X-PC-Context-Group", field: "group", name: "group", ...label() },
  { header: "X-PC-Context-Share", field: "share", name: "share", ...boolOr("read", "write") },
  { header: "X-PC-Max-Input-Tokens", field: "max_input_tokens", name: "maxInputTokens", ...integer(1) },
  { header: "X-PC-Cache", field: "cache", name: "cache", ...cacheControl() },
  { header: "X-PC-Priority", field: "priority", name: "priority", ...integer(-1000, 1000) },
  { header: "X-PC-Deadline-Ms", field: "deadline_ms", name: "deadlineMs", ...integer(1) },
  { header: "X-PC-Explain", field: "explain", name: "explain", ...boolOr("dynamics") },
];

/** Headers by which known clients tell their conversations apart without being told to. */
export const sessionHeaders = [
  "x-claude-code-session-id",
  "session-id",
  "thread-id",
  "x-session-id",
] as const;

type Kind = Pick<CallField, "expected" | "parse">;

/** A name somebody chose. Control characters have no business in it. */
export function label(): Kind {
  return {
    expected: `a text of 1 to ${LONGEST_LABEL} characters without control characters`,
    parse: (value) =>
      typeof value === "string" && value.length <= LONGEST_LABEL && /^\P{Cc}+$/u.test(value)
        ? value
        : undefined,
  };
}

function integer(least: number, most = 2 ** 31 - 1): Kind {
  return {
    expected: `an integer from ${least} to ${most}`,
    parse(value) {
      const number = typeof value === "string" && /^[+-]?\d{1,10}$/.test(value) ? Number(value) : value;
      if (typeof number !== "number" || !Number.isInteger(number)) return undefined;
      return number >= least && number <= most ? number : undefined;
    },
  };
}

function boolOr(...words: readonly string[]): Kind {
  return {
    expected: ["true", "false", ...words].join(", ").replace(/, (?=[^,]*$)/, " or "),
    parse(value) {
      if (typeof value === "boolean") return value;
      if (typeof value !== "string") return undefined;
      const word = value.toLowerCase();
      if (word === "true" || word === "false") return word === "true";
      return words.includes(word) ? word : undefined;
    },
  };
}

function cacheControl(): Kind {
  return {
    expected: "default, no-cache, no-store or only-if-cached, and perhaps ; max-age=seconds",
    parse: (value) => (typeof value === "string" && parseCacheControl(value) ? value : undefined),
  };
}
