import { join } from "node:path";

/** A coding agent of the npm registry, and how it is told whom to ask. */
export interface Agent {
  /** What it calls itself. */
  readonly name: string;
  readonly package: string;
  /** The one it is tried with. */
  readonly version: string;
  /** The name of its program. */
  readonly command: string;
  /** What it speaks; the route is of the same name. */
  readonly wire: "chat" | "responses" | "messages";
  /** What it is given to do, by tools of its own; each is a kind of tool that a gateway may get wrong. */
  readonly jobs: readonly [Job, ...Job[]];
  /** What it asks for besides, once a run: a title of the conversation. @defaultValue 0 */
  readonly asides?: number | undefined;
  start(place: Place): Start;
}

/** A call of a tool after which there is a file "made.txt" that says "hello". */
export interface Job {
  /** What kind of tool it is, in words. */
  readonly by: string;
  readonly model: string;
  /** The agent's own name for the tool. */
  readonly tool: string;
  /** Arguments; a text is what a custom tool takes. */
  readonly input: (folder: string) => object | string;
}

/** Where an agent runs, and for whom. */
export interface Place {
  /** The gateway, without "/v1". */
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** Its home: nothing of the user's own is read, and nothing stays. */
  readonly home: string;
  readonly prompt: string;
}

export interface Start {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Its configuration, by path in its home. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The file that every job makes. */
export function madeIn(folder: string): string {
  return join(folder, "made.txt");
}
