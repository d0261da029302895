/**
 * A line of a batch's input, `{ custom_id, method, url, body }`, and of its output, `{ id, custom_id, response, error }`.
 */
import { matchesPattern } from "../name-pattern.ts";
import { askedModels, disguisedModelKey } from "../wires/asked-models.ts";
import { isDeeperThan } from "../wires/nesting.ts";
import { asRecord, asString, isRecord } from "../wires/read.ts";
import type { Wire, WireBody } from "../wires/wire.ts";
import type { FileLine } from "./file-lines.ts";
import type { BatchEndpoint, BatchError } from "./objects.ts";

/** The wire of each URL that a batch may ask for. */
export const WIRES: Readonly<Record<BatchEndpoint, Wire>> = {
  "/v1/chat/completions": "chat",
  "/v1/completions": "completions",
  "/v1/responses": "responses",
  "/v1/embeddings": "embeddings",
};

/** Bytes that one line may have: 8 MiB. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

const LONGEST_CUSTOM_ID = 512;
const MOST_LEVELS = 256;

/** What every line of a batch has to keep. */
export interface LineRules {
  readonly endpoint: BatchEndpoint;
  /** Models that may be asked for, with `*` for any characters. @defaultValue all */
  readonly models?: readonly string[] | undefined;
}

/** A call that a line asks for. */
export interface BatchLine {
  readonly customId: string;
  readonly body: WireBody;
}

/** What has become of a line. */
export interface OutputLine {
  readonly id: string;
  readonly custom_id: string;
  /** `null`: the call was not made. */
  readonly response: {
    readonly status_code: number;
    readonly request_id: string;
    readonly body: unknown;
  } | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** Whether the line belongs into the output file; else it is one of the error file's. */
export function isAnswered({ response }: OutputLine): boolean {
  return response !== null && response.status_code < 300;
}

/** Reads a line. @returns the call it asks for, or what is wrong with it */
export function readLine(
  { bytes, number }: FileLine,
  rules: LineRules,
): BatchLine | { readonly wrong: BatchError } {
  const wrong = (code: string, message: string, param: string | null = null) => ({
    wrong: { code, message, param, line: number },
  });
  if (bytes === undefined) {
    return wrong("line_too_long", `This line is longer than ${MAX_LINE_BYTES} bytes.`);
  }
  const line = parseLine(bytes);
  if (line === undefined) {
    return wrong("invalid_json_line", "This line is not parseable as a JSON object in UTF-8.");
  }
  const customId = asString(line["custom_id"]);
  if (customId === undefined || customId === "" || customId.length > LONGEST_CUSTOM_ID) {
    const message = `custom_id must be a text of 1 to ${LONGEST_CUSTOM_ID} characters.`;
    return wrong("invalid_custom_id", message, "custom_id");
  }
  if (line["method"] !== "POST") return wrong("invalid_method", "method must be POST.", "method");
  if (line["url"] !== rules.endpoint) {
    return wrong("invalid_url", `url must be the batch's endpoint, ${rules.endpoint}.`, "url");
  }
  const body = asRecord(line["body"]);
  if (body === undefined) return wrong("invalid_body", "body must be a JSON object.", "body");
  if (body["stream"] === true) {
    return wrong("invalid_body", "Answers of a batch are not streamed.", "body.stream");
  }
  if (body["pc"] !== undefined) {
    return wrong("invalid_body", "pc is said for the whole batch, in its headers.", "body.pc");
  }
  const refused = whyNotAllowed(body, rules);
  return refused === undefined ? { customId, body } : wrong("model_not_allowed", refused, "body.model");
}

/** Fatal: a replaced character would silently change what the caller said. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

function parseLine(bytes: Uint8Array): WireBody | undefined {
  try {
    const value: unknown = JSON.parse(utf8.decode(bytes));
    return isRecord(value) && !isDeeperThan(MOST_LEVELS, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function whyNotAllowed(body: WireBody, { models }: LineRules): string | undefined {
  if (models === undefined) return undefined;
  const disguised = disguisedModelKey(Object.keys(body));
  if (disguised !== undefined) return `This line says ${JSON.stringify(disguised)}: write it in lower case.`;
  const asked = askedModels(body).map((model) => model ?? "auto");
  const refused = asked.find((model) => !models.some((pattern) => matchesPattern(pattern, model)));
  return refused && `This batch may not use model ${JSON.stringify(refused.slice(0, 256))}.`;
}
