/**
 * Who else may read an audience.
 *
 *     grants   tenant, reader, owner   → grant     what a reader may read besides its own, in one look-up
 *
 * A grant is between two audiences of one tenant, an agent's own or a group's, and goes one step: who may read the
 * reader's items does not come to read the owner's.
 */
import type { Clock } from "../../clock.ts";
import { PromptCompilerError } from "../../errors.ts";
import { parseKey, toKey } from "../../storage/key.ts";
import type { Storage, StorageOperation } from "../../storage/storage.ts";
import { table } from "../../storage/table.ts";
import { type AudienceName, readingAudience } from "./access.ts";
import type { Caller } from "./item.ts";

/** Leave for one audience to read another. */
export interface Grant {
  /** Whose items are read. */
  readonly owner: AudienceName;
  /** Who reads them, with what is its own. */
  readonly reader: AudienceName;
  /** The agent that granted it; `undefined`: who speaks for the tenant. */
  readonly grantedBy: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

export interface GrantPage {
  readonly grants: readonly Grant[];
  /** Where the next page begins; `undefined`: there is none. */
  readonly nextAfter: string | undefined;
}

export interface GrantStore {
  /** Grants; what is granted already stays as it is. @throws PromptCompilerError `PC_INVALID_REQUEST` if a reader has too many */
  put(
    tenant: string,
    grant: Omit<Grant, "createdAt">,
  ): Promise<{ readonly grant: Grant; readonly isNew: boolean }>;
  /** @returns whether it was there */
  delete(tenant: string, grant: Pick<Grant, "owner" | "reader">): Promise<boolean>;
  /** What this caller may read besides its own. */
  readableBy(caller: Caller): Promise<readonly AudienceName[]>;
  /** In the order of reader and owner; those from and to one of `of`, or all. */
  page(
    tenant: string,
    range: {
      readonly limit: number;
      readonly after?: string | undefined;
      readonly of: readonly AudienceName[] | undefined;
    },
  ): Promise<GrantPage>;
  /** All grants of a tenant, by reader and owner. */
  scan(tenant: string): AsyncIterable<{ readonly grant: Grant; readonly removal: StorageOperation }>;
}

/** Each is one more place to read in every call of the reader. */
const MOST_GRANTS = 64;

/** The grants in `storage`. */
export function createGrantStore(storage: Storage, clock: Clock): GrantStore {
  const grants = table<Grant>(storage, "grants");

  async function grantedTo(tenant: string, reader: AudienceName): Promise<readonly Grant[]> {
    const found: Grant[] = [];
    for await (const [, grant] of grants.range([tenant, reader], { limit: MOST_GRANTS })) found.push(grant);
    return found;
  }

  return {
    async put(tenant, { owner, reader, grantedBy }) {
      const key = [tenant, reader, owner];
      const existing = await grants.get(key);
      if (existing !== undefined) return { grant: existing, isNew: false };
      if ((await grantedTo(tenant, reader)).length === MOST_GRANTS) {
        throw new PromptCompilerError(
          "PC_INVALID_REQUEST",
          `reader may be granted ${MOST_GRANTS} audiences at most`,
          { param: "reader" },
        );
      }
      const grant: Grant = { owner, reader, grantedBy, createdAt: clock.now() };
      await storage.batch([grants.put(key, grant)]);
      return { grant, isNew: true };
    },
    async delete(tenant, { owner, reader }) {
      const key = [tenant, reader, owner];
      if ((await grants.get(key)) === undefined) return false;
      await storage.batch([grants.delete(key)]);
      return true;
    },
    async readableBy(caller) {
      const reader = readingAudience(caller);
      return reader === undefined ? [] : (await grantedTo(caller.tenant, reader)).map(({ owner }) => owner);
    },
    async page(tenant, { limit, after, of }) {
      const page: Grant[] = [];
      const begin = after === undefined ? undefined : parseKey(after);
      for await (const [, grant] of grants.scan([tenant], { after: begin })) {
        if (of !== undefined && !of.includes(grant.owner) && !of.includes(grant.reader)) continue;
        const last = page.at(-1);
        if (page.length === limit && last)
          return { grants: page, nextAfter: toKey([last.reader, last.owner]) };
        page.push(grant);
      }
      return { grants: page, nextAfter: undefined };
    },
    async *scan(tenant) {
      for await (const [key, grant] of grants.scan([tenant])) yield { grant, removal: grants.delete(key) };
    },
  };
}
