import { matchesPattern } from "../../../name-pattern.ts";
import { type Adapted, UNCHANGED } from "../../adapted.ts";
import { editRequest } from "../../edit.ts";
import { asArray, asRecord } from "../../read.ts";
import type { VendorMemory } from "../../vendor-memory.ts";
import type { WireBody, WireRequest } from "../../wire.ts";
import { customToolNames, wrapTool, wrapToolChoice } from "./custom-tools.ts";
import type { ChatDialect } from "./dialect.ts";
import { editMessages } from "./edit-messages.ts";
import { fillInAnswer, fillInStage } from "./fill-in.ts";
import { messageEdits } from "./message-edits.ts";
import { type StreamStage, throughStages } from "./stages.ts";
import { plainAnswer, plainStage } from "./thinking-parts.ts";
import { unwrapAnswer, unwrapStage } from "./unwrap-stage.ts";
import { rememberingStage, rememberState } from "./vendor-state.ts";

/**
 * A chat request as the vendor takes it, and its answers as OpenAI gives them.
 *
 * @param model - the name that is sent
 * @param memory - what this vendor wants back with tool calls
 */
export function adaptChat(
  request: WireRequest,
  dialect: ChatDialect,
  model: string,
  memory: VendorMemory,
): Adapted {
  const { set, remove, dropped, changed } = topLevelEdits(request.body, dialect, model);
  const messages = messageEdits(asArray(request.body["messages"]), dialect, memory);
  const names = dialect.noCustomTools ? customToolNames(request.body) : new Set<string>();
  return {
    ...UNCHANGED,
    request: editMessages(editRequest(request, { set, remove }), messages.edits),
    dropped: [...dropped, ...messages.dropped],
    changed: [...changed, ...messages.changed],
    ...wayBack(dialect, names, memory),
  };
}

interface TopLevelEdits {
  readonly set: Record<string, unknown>;
  readonly remove: string[];
  readonly dropped: string[];
  readonly changed: string[];
}

function topLevelEdits(body: WireBody, dialect: ChatDialect, model: string): TopLevelEdits {
  const edits: TopLevelEdits = { set: {}, remove: [], dropped: [], changed: [] };
  const isGiven = (name: string): boolean => body[name] !== undefined && body[name] !== null;

  /** A null says as much as nothing (wire 42). */
  const takeOut = (name: string, told: string[]): void => {
    if (!Object.hasOwn(body, name)) return;
    edits.remove.push(name);
    if (isGiven(name)) told.push(name);
  };
  const rename = (from: string, to: string): void => {
    takeOut(from, edits.changed);
    // Both are never sent: the vendor's own spelling wins (wire 39).
    if (isGiven(from) && !isGiven(to)) edits.set[to] = body[from];
  };

  const { outputLimit, renames = {}, rejectsByModel } = dialect;
  if (outputLimit !== undefined && isMeant(outputLimit.models, model)) {
    const { spelled } = outputLimit;
    rename(spelled === "max_tokens" ? "max_completion_tokens" : "max_tokens", spelled);
  }
  for (const [ours, theirs] of Object.entries(renames)) rename(ours, theirs);
  if (rejectsByModel !== undefined && isMeant(rejectsByModel.models, model)) {
    for (const name of rejectsByModel.parameters) takeOut(name, edits.dropped);
  }
  if (dialect.noCustomTools) wrapTools(body, edits);
  if (dialect.noJsonObject && asRecord(body["response_format"])?.["type"] === "json_object") {
    edits.set["response_format"] = ANY_OBJECT;
    edits.changed.push("response_format");
  }
  if (dialect.noNulls) edits.remove.push(...Object.keys(body).filter((name) => body[name] === null));
  return edits;
}

const ANY_OBJECT = { type: "json_schema", json_schema: { name: "object", schema: { type: "object" } } };

function isMeant(models: readonly string[] | undefined, model: string): boolean {
  return models === undefined || models.some((pattern) => matchesPattern(pattern, model));
}

function wrapTools(body: WireBody, { set, changed }: TopLevelEdits): void {
  const tools = asArray(body["tools"]);
  const wrapped = {
    tools: tools.map(wrapTool),
    tool_choice: wrapToolChoice(body["tool_choice"]),
  };
  if (wrapped.tools.some((tool, index) => tool !== tools[index])) {
    set["tools"] = wrapped.tools;
    changed.push("tools");
  }
  if (wrapped.tool_choice !== body["tool_choice"]) {
    set["tool_choice"] = wrapped.tool_choice;
    changed.push("tool_choice");
  }
}

/** What happens to answers; nothing where the vendor's are as OpenAI's. */
function wayBack(
  { thinkingParts, sparseAnswers, wantsBack }: ChatDialect,
  names: ReadonlySet<string>,
  memory: VendorMemory,
): Pick<Adapted, "answer" | "frames"> {
  const changes: ((body: WireBody) => WireBody)[] = [];
  const stages: (() => StreamStage)[] = [];
  if (thinkingParts) {
    changes.push(plainAnswer);
    stages.push(plainStage);
  }
  if (sparseAnswers) {
    changes.push(fillInAnswer);
    stages.push(fillInStage);
  }
  if (wantsBack) {
    changes.push((body) => {
      rememberState(body, wantsBack, memory);
      return body;
    });
    stages.push(() => rememberingStage(wantsBack, memory));
  }
  if (names.size > 0) {
    changes.push((body) => unwrapAnswer(body, names));
    stages.push(() => unwrapStage(names));
  }
  if (changes.length === 0) return {};
  return {
    answer: (body) => changes.reduce((changed, change) => change(changed), body),
    frames: () => throughStages(stages.map((stage) => stage())),
  };
}
