/** What tests of batches start from: a compiler whose every call waits for the test, on a clock of the test's. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { OutputLine } from "../../src/batches/batch-line.ts";
import {
  type BatchObject,
  createPromptCompiler,
  memory,
  type PromptCompiler,
  type PromptCompilerEvent,
  type PromptCompilerOptions,
  type Storage,
} from "../../src/index.ts";
import type { Reply } from "../../src/wires/wire.ts";
import { completion } from "../chat-shapes.ts";
import { FakeClock } from "../fake-clock.ts";
import { bodyOf, FakeUpstream } from "../scheduler/fake-upstream.ts";
import { failure } from "../scheduler/given.ts";

/** A call at the upstream. */
export interface WaitingCall {
  readonly text: string;
  release(): void;
}

/**
 * A compiler with one deployment, "m". With `answers: "held"` every call waits for its `release`; a call whose text begins
 * with "bad" is refused.
 */
export function givenCompiler(
  options: PromptCompilerOptions & { readonly answers?: "held" | "at once" } = {},
  clock = new FakeClock(),
) {
  const { answers = "at once", ...rest } = options;
  const events: PromptCompilerEvent[] = [];
  const waiting: WaitingCall[] = [];
  const asked: string[] = [];
  const upstream = new FakeUpstream(({ body, signal }) => {
    const [{ content: text }] = body["messages"] as [{ content: string }];
    asked.push(text);
    return new Promise<Reply>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const release = () =>
        text.startsWith("bad")
          ? reject(failure("invalid-request"))
          : resolve(bodyOf(completion(`re: ${text}`)));
      if (answers === "at once") release();
      else waiting.push({ text, release });
    });
  });
  const compiler = createPromptCompiler({
    deployments: [{ id: "a", model: "m", provider: upstream }],
    clock,
    onEvent: (event) => void events.push(event),
    ...rest,
  });
  return { compiler, clock, events, waiting, asked, upstream };
}

/** A storage that outlives the compilers on it, and what each of them has of it until its process dies. */
export function lasting(clock: FakeClock): { open(): { readonly storage: Storage; kill(): void } } {
  const kept = memory({ clock });
  return {
    open() {
      let dead = false;
      const unlessDead = <T>(run: () => Promise<T>): Promise<T> =>
        dead ? new Promise(() => undefined) : run();
      return {
        storage: {
          name: kept.name,
          get: (key) => unlessDead(() => kept.get(key)),
          batch: (operations) => unlessDead(() => kept.batch(operations)),
          range: (range) => kept.range(range),
          compareAndSet: (...change) => unlessDead(() => kept.compareAndSet(...change)),
          close: async () => undefined,
        },
        kill: () => {
          dead = true;
        },
      };
    },
  };
}

export const chatLine = (text: string, customId = text): object => ({
  custom_id: customId,
  method: "POST",
  url: "/v1/chat/completions",
  body: { model: "m", messages: [{ role: "user", content: text }] },
});

export const toFile = (lines: readonly (object | string)[]): string =>
  lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join("");

type Call = Parameters<PromptCompiler["batches"]["create"]>[1];

/** Begins a batch of chat lines with these texts. */
export function begin(compiler: PromptCompiler, texts: readonly string[], call?: Call): Promise<BatchObject> {
  return beginFile(compiler, toFile(texts.map((text) => chatLine(text))), call);
}

/** Begins a batch over this file. */
export async function beginFile(
  compiler: PromptCompiler,
  content: string,
  call: Call = {},
): Promise<BatchObject> {
  const { id } = await compiler.files.create({ content }, call);
  return compiler.batches.create(
    { input_file_id: id, endpoint: "/v1/chat/completions", completion_window: "24h" },
    call,
  );
}

/** Lets what is going on go on until `isTrue`. No time passes. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 5_000; turn += 1) {
    if (await isTrue()) return;
    await nextTurn();
  }
  throw new Error("it has not come about");
}

/** Waits until the batch has this status. */
export async function untilStatus(
  compiler: PromptCompiler,
  { id }: BatchObject,
  status: BatchObject["status"],
): Promise<BatchObject> {
  await until(async () => (await compiler.batches.get(id))?.status === status);
  return (await compiler.batches.get(id)) as BatchObject;
}

/** The lines of a file of the batch's; none where there is no file. */
export async function linesIn(
  compiler: PromptCompiler,
  fileId: string | null,
): Promise<readonly OutputLine[]> {
  if (fileId === null) return [];
  const text = await textOf(compiler, fileId);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

export async function textOf(compiler: PromptCompiler, fileId: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of (await compiler.files.content(fileId)) ?? []) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** Each line by its custom id: its answer's text, or the status or the code it failed with. */
export function told(lines: readonly OutputLine[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    lines.map(({ custom_id, response, error }) => {
      const body = response?.body as {
        readonly choices?: readonly { message: { content: string } }[];
      } | null;
      return [custom_id, body?.choices?.[0]?.message.content ?? response?.status_code ?? error?.code];
    }),
  );
}
