/**
 * Tools under the names a chat knows them by, and back. A chat has functions and no namespaces: a tool of a namespace is
 * called by both names, and a custom tool is a function with one text, since few who speak chat know custom tools.
 *
 *     { namespace: "crm", name: "find" }   ⇄   "crm__find"
 */
import { createHash } from "node:crypto";
import { asArray, asString, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";
import { offeredTools } from "./offered-tools.ts";

/** A tool as the caller named it. */
export interface ToolOrigin {
  readonly name: string;
  readonly namespace: string | undefined;
  /** It takes free text. */
  readonly custom: boolean;
}

const LONGEST_NAME = 64;

/** The one name of a tool. A long one ends in a digest of the whole, so that two never become one. */
export function flatName(name: unknown, namespace: unknown): string {
  const own = asString(name) ?? "";
  const flat = asString(namespace) ? `${namespace}__${own}` : own;
  if (flat.length <= LONGEST_NAME || !asString(namespace)) return flat;
  const digest = createHash("sha256").update(flat).digest("hex").slice(0, 12);
  return `${flat.slice(0, LONGEST_NAME - digest.length - 1)}_${digest}`;
}

/** Where the tools of a request come from, by their flat names. */
export function toolOrigins(request: WireBody): ReadonlyMap<string, ToolOrigin> {
  const origins = new Map<string, ToolOrigin>();
  const add = (tool: WireBody, namespace: string | undefined): void => {
    const name = asString(tool["name"]);
    if (name === undefined) return;
    origins.set(flatName(name, namespace), { name, namespace, custom: tool["type"] === "custom" });
  };
  for (const { tool } of offeredTools(request)) {
    if (tool["type"] === "namespace") {
      for (const member of asArray(tool["tools"]).filter(isRecord)) add(member, asString(tool["name"]));
    } else add(tool, undefined);
  }
  return origins;
}

/** A custom tool's text, as the argument of the function that stands for it. */
export function toArguments(input: unknown): string {
  return JSON.stringify({ [INPUT]: asString(input) ?? "" });
}

/** The text in the arguments of such a function. Some models leave the object out: then it is all of it. */
export function fromArguments(args: string): string {
  try {
    const value: unknown = JSON.parse(args);
    if (typeof value === "string") return value;
    return (isRecord(value) ? asString(value[INPUT]) : undefined) ?? args;
  } catch {
    return args;
  }
}

export const INPUT = "input";
