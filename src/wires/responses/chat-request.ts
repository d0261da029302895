import { asArray, asRecord, asString } from "../read.ts";
import type { WireBody } from "../wire.ts";
import { chatMessages } from "./chat-messages.ts";
import { chatTools } from "./chat-tools.ts";
import { isOwnResponseId } from "./ids.ts";
import { invalid } from "./invalid.ts";
import { LOGPROBS, wantsLogprobs } from "./needs.ts";

/** What a chat cannot be asked for. */
const UNSAYABLE = [
  "background",
  "client_metadata",
  "context_management",
  "max_tool_calls",
  "moderation",
  "prompt_cache_options",
  "truncation",
] as const;

/** What is said otherwise in a chat, or by us: a record is kept, and repeated, on this side. */
const TRANSLATED = new Set<string>([
  ...UNSAYABLE,
  "conversation",
  "include",
  "input",
  "instructions",
  "max_output_tokens",
  "metadata",
  "parallel_tool_calls",
  "previous_response_id",
  "prompt",
  "reasoning",
  "store",
  "stream_options",
  "text",
  "tool_choice",
  "tools",
  "top_logprobs",
]);

/** A request as a chat, and paths of what it goes without. Fields that nobody here knows go along. */
export function toChatRequest(body: WireBody): {
  readonly body: WireBody;
  readonly dropped: readonly string[];
} {
  refuseForeignState(body);
  const { messages, dropped } = chatMessages(body);
  const tools = chatTools(body);
  const same = Object.entries(body).filter(([name, value]) => !TRANSLATED.has(name) && value !== null);
  return {
    body: {
      ...Object.fromEntries(same),
      messages,
      ...tools.fields,
      ...limits(body),
      ...format(body),
    },
    dropped: [...dropped, ...tools.dropped, ...unsayable(body)],
  };
}

/** What a vendor keeps for its callers, nobody else can know. */
function refuseForeignState(body: WireBody): void {
  for (const name of ["conversation", "prompt"]) {
    if ((body[name] ?? null) === null) continue;
    throw invalid(
      name,
      `'${name}' is kept by OpenAI, and the deployment is another's`,
      "unsupported_parameter",
    );
  }
  const previous = body["previous_response_id"] ?? null;
  if (previous === null || isOwnResponseId(previous)) return;
  const message = `Previous response with id '${String(previous).slice(0, 64)}' not found.`;
  throw invalid("previous_response_id", message, "previous_response_not_found");
}

function limits(body: WireBody): WireBody {
  const { max_output_tokens, top_logprobs, reasoning, text } = body;
  const effort = asRecord(reasoning)?.["effort"] ?? undefined;
  const verbosity = asRecord(text)?.["verbosity"] ?? undefined;
  return {
    ...(typeof max_output_tokens === "number" && { max_tokens: max_output_tokens }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(verbosity !== undefined && { verbosity }),
    ...(wantsLogprobs(body) && { logprobs: true }),
    ...(typeof top_logprobs === "number" && top_logprobs > 0 && { top_logprobs }),
  };
}

function format({ text }: WireBody): WireBody {
  const { type, ...schema } = asRecord(asRecord(text)?.["format"]) ?? {};
  if (type === "json_object") return { response_format: { type } };
  if (type !== "json_schema") return {};
  const told = Object.entries(schema).filter(([, value]) => value !== null);
  return { response_format: { type, json_schema: Object.fromEntries(told) } };
}

/** Asked for, and not to be had. What is asked for in the words of its default is not asked for. */
function unsayable(body: WireBody): readonly string[] {
  const fields = UNSAYABLE.filter((name) => !DEFAULTS.has(body[name] ?? null));
  const include = asArray(body["include"]).flatMap((what, index) =>
    asString(what) === LOGPROBS ? [] : [`include[${index}]`],
  );
  const { effort: _, summary: __, generate_summary: ___, ...reasoning } = asRecord(body["reasoning"]) ?? {};
  const thinking = Object.keys(reasoning).filter((name) => reasoning[name] !== null);
  return [...fields, ...include, ...thinking.map((name) => `reasoning.${name}`)];
}

const DEFAULTS: ReadonlySet<unknown> = new Set([null, false, "disabled"]);
