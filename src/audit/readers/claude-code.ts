/**
 * Session logs of Claude Code, `~/.claude/projects/<project>/<session>.jsonl`. Nobody documents them; what is relied on
 * here is what those who read many of them found alike (github.com/oneryalcin/agent-schemas,
 * github.com/anthropics/claude-code issues 44597 and 66454, github.com/vibe-cafe/vibe-usage pull 63,
 * github.com/junhoyeo/tokscale pull 563).
 *
 *     user u1 ◀── assistant a1 (message m1: text) ◀── assistant a2 (m1: call A) ◀── assistant a3 (m1: call B)
 *                                                              ▲                              ▲
 *                                                      user r1 (result A)             user r2 (result B) ◀── assistant a4 (m2)
 *
 * Every line names its parent, so that what was undone (a branch) is in nobody's way; a compaction begins a new root. An
 * answer is a line for each of its blocks, all with the same `message.id` and a `usage` of the whole, the last of which
 * counts. Results of calls made together hang on their own calls, in branches of their own: they are found by the call.
 *
 * A call's prompt is the path to the first line of its answer. The system prompt and the tools are not in the log.
 */
import type { Usage } from "../../chat.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asRecord, asString, isRecord } from "../../wires/read.ts";
import type { WireBody } from "../../wires/wire.ts";
import type { LoggedCall } from "../call.ts";
import { toChatMessages } from "../to-chat.ts";
import { asObject, BadRecord, type LogReader, type LogReading, toTime } from "./reader.ts";

/** Kinds of lines that only this log has, or has like this. */
const KINDS: ReadonlySet<unknown> = new Set([
  ...["user", "assistant", "system", "summary", "progress", "attachment"],
  ...["file-history-snapshot", "queue-operation"],
]);

export const claudeCode: LogReader = {
  format: "claude-code",
  recognises(record) {
    const { type, sessionId, leafUuid, messageId } = asRecord(record) ?? {};
    return KINDS.has(type) && [sessionId, leafUuid, messageId].some((id) => typeof id === "string");
  },
  open: (name) => new Session(name),
};

/** A line of the log, as far as the path needs it. */
interface Node {
  readonly parent: string | undefined;
  /** Of the user or the assistant; `undefined`: a line that says nothing to the model. */
  readonly message: WireBody | undefined;
}

/** An answer that is being told of. */
interface Answer {
  readonly call: Omit<LoggedCall, "usage">;
  usage: Usage | undefined;
}

class Session implements LogReading {
  readonly #name: string;
  readonly #nodes = new Map<string, Node>();
  /** Results of tools, by the call they answer. */
  readonly #results = new Map<string, WireBody>();
  /** What has been translated, by what it was translated from. */
  readonly #said = new Map<string, readonly WireBody[]>();
  readonly #answers = new Map<string, Answer>();

  constructor(name: string) {
    this.#name = name;
  }

  push(record: unknown, line: number): readonly LoggedCall[] {
    const { type, uuid, parentUuid, message: said, ...rest } = asObject(record);
    if (typeof uuid !== "string") {
      if (type === "user" || type === "assistant") throw new BadRecord("a message without a uuid");
      return [];
    }
    const message = type === "user" || type === "assistant" ? asRecord(said) : undefined;
    if (message === undefined && (type === "user" || type === "assistant")) {
      throw new BadRecord(`a line of the ${type} without a message`);
    }
    this.#nodes.set(uuid, { parent: asString(parentUuid), message });
    for (const block of blocksOf(message)) {
      const answered = block["type"] === "tool_result" ? asString(block["tool_use_id"]) : undefined;
      if (answered !== undefined) this.#results.set(answered, block);
    }
    // What Claude Code answers itself, an error it shows for one, no model was asked for.
    if (type !== "assistant" || message === undefined || message["model"] === "<synthetic>") return [];
    return this.#answered(message, { ...rest, uuid, parentUuid }, line);
  }

  end(): readonly LoggedCall[] {
    return this.#finish(undefined);
  }

  #answered(message: WireBody, entry: WireBody, line: number): readonly LoggedCall[] {
    const id = asString(message["id"]) ?? asString(entry["uuid"]) ?? "";
    const { usage } = codecFor("messages").inspectBody(message);
    const known = this.#answers.get(id);
    if (known !== undefined) {
      known.usage = usage ?? known.usage;
      return [];
    }
    const session = `${asString(entry["sessionId"]) ?? this.#name}${sideOf(entry)}`;
    const ended = this.#finish(session);
    this.#answers.set(id, {
      call: {
        id,
        session,
        line,
        at: toTime(entry["timestamp"]),
        model: asString(message["model"]),
        messages: this.#path(asString(entry["parentUuid"])),
      },
      usage,
    });
    return ended;
  }

  /** Gives out the answers of a session, or all: what is told of no more is final. */
  #finish(session: string | undefined): readonly LoggedCall[] {
    const ended = [...this.#answers].filter(
      ([, { call }]) => session === undefined || call.session === session,
    );
    for (const [id] of ended) this.#answers.delete(id);
    return ended.map(([, { call, usage }]) => ({ ...call, usage }));
  }

  /** All that was said up to a line, as messages of a chat. */
  #path(last: string | undefined): readonly WireBody[] {
    const nodes: { readonly uuid: string; readonly message: WireBody }[] = [];
    const seen = new Set<string>();
    for (let uuid = last; uuid !== undefined && !seen.has(uuid); ) {
      seen.add(uuid);
      const node = this.#nodes.get(uuid);
      if (node?.message !== undefined) nodes.push({ uuid, message: node.message });
      uuid = node?.parent;
    }
    const messages: WireBody[] = [];
    for (const turn of joined(nodes.reverse())) messages.push(...this.#translated(turn));
    return messages;
  }

  /** A turn in words of a chat, an answer with the results of its calls. The same objects for the same turn. */
  #translated({ key, role, blocks }: Turn): readonly WireBody[] {
    const calls = role === "assistant" ? blocks.filter(({ type }) => type === "tool_use") : [];
    const results = calls.flatMap(({ id }) => this.#results.get(asString(id) ?? "") ?? []);
    const name = `${key} ${blocks.length} ${results.length}`;
    let said = this.#said.get(name);
    if (said === undefined) {
      const spoken = role === "user" ? blocks.filter(({ type }) => type !== "tool_result") : blocks;
      const answered = results.length > 0 ? [{ role: "user", content: results }] : [];
      const messages = spoken.length > 0 ? [{ role, content: spoken }, ...answered] : answered;
      said = toChatMessages("messages", { messages });
      this.#said.set(name, said);
    }
    return said;
  }
}

/** Lines that are one message. */
interface Turn {
  readonly key: string;
  readonly role: unknown;
  readonly blocks: WireBody[];
}

/** Lines of one answer that follow each other, its results between them, are one turn. */
function joined(nodes: readonly { readonly uuid: string; readonly message: WireBody }[]): readonly Turn[] {
  const turns: Turn[] = [];
  for (const { uuid, message } of nodes) {
    const { role, id } = message;
    const key = role === "assistant" && typeof id === "string" ? id : uuid;
    const blocks = blocksOf(message);
    const same = turns.findLast((turn) => turn.key === key);
    if (same === undefined) turns.push({ key, role, blocks: [...blocks] });
    else same.blocks.push(...blocks);
  }
  return turns;
}

function blocksOf(message: WireBody | undefined): readonly WireBody[] {
  const content = message?.["content"];
  return typeof content === "string" ? [{ type: "text", text: content }] : asArray(content).filter(isRecord);
}

/** Agents beside the main one talk on their own. */
function sideOf({ isSidechain, agentId }: WireBody): string {
  return isSidechain === true ? `/${asString(agentId) ?? "sidechain"}` : "";
}
