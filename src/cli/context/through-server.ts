/**
 * Shared context through the server that holds its directory: the same operations as routes of its API.
 */
import type { CallContext } from "../../chat.ts";
import type {
  ContextHit,
  ContextItem,
  Contexts,
  ForgetReceipt,
  ImportReceipt,
  ProgressOptions,
} from "../../index.ts";
import { asRecord, asString, parseRecord } from "../../wires/read.ts";
import { UsageError } from "../command.ts";

/** What of the contexts the command line uses. */
export type ContextDoor = Pick<Contexts, "list" | "search" | "forget" | "export" | "import">;

/** Items between two reports of progress. */
const ITEMS_A_REPORT = 100;

/**
 * The contexts of the server at `url`.
 *
 * @param key - of the tenant; `undefined`: the server asks for none
 */
export function contextsThroughServer(url: string, key: string | undefined): ContextDoor {
  async function ask(path: string, call: CallContext, init: RequestInit = {}): Promise<Response> {
    const headers = {
      "content-type": "application/json",
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(call.agentId !== undefined && { "x-pc-agent-id": call.agentId }),
      ...(call.group !== undefined && { "x-pc-context-group": call.group }),
    };
    const response = await fetch(`${url}/v1/pc/contexts${path}`, { ...init, headers }).catch(
      (cause: unknown) => {
        throw new UsageError(`no server answers at ${url}`, { cause });
      },
    );
    if (response.ok) return response;
    const error = asRecord(asRecord(await response.json().catch(() => undefined))?.["error"]);
    throw new UsageError(
      `${url} answered ${response.status}: ${asString(error?.["message"]) ?? "no reason"}`,
    );
  }

  const askWith = (path: string, call: CallContext, body: object): Promise<Response> =>
    ask(path, call, { method: "POST", body: JSON.stringify(body) });

  return {
    async list(call, { limit, after } = {}) {
      const query = new URLSearchParams({ ...(limit && { limit: String(limit) }), ...(after && { after }) });
      const page = (await (await ask(`?${query}`, call)).json()) as Page<ContextItem>;
      return { items: page.data, nextAfter: page.next_after };
    },
    async search(query, call, { limit } = {}) {
      const response = await askWith("/search", call, { query, limit });
      return ((await response.json()) as Page<ContextHit>).data;
    },
    async forget(subject, call, { onProgress } = {}) {
      const receipt = (await (await askWith("/forget", call, subject)).json()) as ForgetReceipt;
      onProgress?.(receipt.items);
      return receipt;
    },
    async *export(call, { onProgress } = {}) {
      const { body } = await ask("/export", call);
      yield* counted(linesOf(body ?? new ReadableStream()), onProgress);
    },
    async import(lines, call, { onProgress } = {}) {
      const encoder = new TextEncoder();
      async function* bytes() {
        for await (const line of counted(lines, onProgress)) yield encoder.encode(`${line}\n`);
      }
      // `duplex` is asked for by Node's fetch where a body is a stream, and unknown to its types.
      const upload: object = { method: "POST", body: ReadableStream.from(bytes()), duplex: "half" };
      return (await (await ask("/import", call, upload)).json()) as ImportReceipt;
    },
  };
}

interface Page<Entry> {
  readonly data: readonly Entry[];
  readonly next_after?: string;
}

async function* counted(
  lines: Iterable<string> | AsyncIterable<string>,
  onProgress: ProgressOptions["onProgress"],
): AsyncGenerator<string> {
  let items = 0;
  for await (const line of lines) {
    if (line.trim() === "") continue;
    yield line;
    items += 1;
    if (items % ITEMS_A_REPORT === 0) onProgress?.(items);
  }
  onProgress?.(items);
}

/** @throws UsageError where the server breaks off in the middle of a line */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "" && parseRecord(rest) === undefined) throw new UsageError("the server broke off");
  if (rest !== "") yield rest;
}
