/** Files, as callers have them: each of one tenant, and of nobody else's; within it of the agent that made it, if one did. */
import type { CallContext } from "../chat.ts";
import { callerOf, reaches } from "../core/sharing/access.ts";
import { PromptCompilerError } from "../errors.ts";
import type { BatchStore } from "./batch-store.ts";
import { readExpiry } from "./expiry.ts";
import type { FileRecord, FileStore } from "./file-store.ts";
import { FINAL, type FileExpiry, type FileObject, type FileQuery, type ListPage } from "./objects.ts";

/** The input and the output of batches. What is not there, or not the caller's to see, is `undefined`. */
export interface Files {
  /** Stores a file as its bytes come; it is there when this resolves, whole. */
  create(file: NewFile, call?: CallContext): Promise<FileObject>;

  get(id: string, call?: CallContext): Promise<FileObject | undefined>;

  /** The newest first. */
  list(query?: FileQuery, call?: CallContext): Promise<ListPage<FileObject>>;

  /** The bytes, a piece at a time. */
  content(id: string, call?: CallContext): Promise<AsyncIterable<Uint8Array> | undefined>;

  /**
   * Takes a file out for good.
   *
   * @returns whether there was one
   * @throws PromptCompilerError `PC_INVALID_REQUEST` while a batch that is not at its end reads it
   */
  delete(id: string, call?: CallContext): Promise<boolean>;
}

/** A file to be stored. */
export interface NewFile {
  /** JSON lines, as text or as bytes, whole or in parts. */
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** @defaultValue "batch.jsonl" */
  readonly filename?: string | undefined;
  /** When it is gone, from an hour to 30 days after its creation. @defaultValue after 30 days */
  readonly expires_after?: FileExpiry | null | undefined;
}

const DEFAULT_NAME = "batch.jsonl";
const LONGEST_NAME = 256;

export function createFiles(files: FileStore, batches: BatchStore): Files {
  const find = async (id: string, call: CallContext): Promise<FileRecord | undefined> => {
    const record = await files.get(callerOf(call).tenant, id);
    return record && reaches(call, record.agentId) ? record : undefined;
  };

  return {
    async create({ content, filename = DEFAULT_NAME, expires_after }, call = {}) {
      const { tenant, agentId } = callerOf(call);
      const named = filename.slice(0, LONGEST_NAME);
      const keptSeconds = readExpiry(expires_after, "expires_after");
      const writer = files.writer(tenant, { filename: named, purpose: "batch", agentId, keptSeconds });
      try {
        for await (const part of toParts(content)) await writer.add(part);
        return await writer.end();
      } catch (error) {
        await writer.discard().catch(() => undefined);
        throw error;
      }
    },

    get: async (id, call = {}) => (await find(id, call))?.object,

    list: async ({ purpose, ...query } = {}, call = {}) =>
      files.list(callerOf(call).tenant, query, ({ object, agentId }) => {
        const isAsked = purpose === undefined || purpose === object.purpose;
        return isAsked && reaches(call, agentId);
      }),

    async content(id, call = {}) {
      return (await find(id, call)) && files.read(callerOf(call).tenant, id);
    },

    async delete(id, call = {}) {
      const { tenant } = callerOf(call);
      if ((await find(id, call)) === undefined) return false;
      for await (const batch of batches.open(tenant)) {
        const record = await batches.get(batch);
        if (record?.object.input_file_id !== id || FINAL.has(record.object.status)) continue;
        throw new PromptCompilerError("PC_INVALID_REQUEST", `file ${id} is the input of ${batch.id}`, {
          param: "file_id",
          wireCode: "file_in_use",
        });
      }
      return files.delete(tenant, id);
    },
  };
}

async function* toParts(content: NewFile["content"]): AsyncGenerator<Uint8Array> {
  if (typeof content === "string") yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}
