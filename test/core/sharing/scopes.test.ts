/** Nothing crosses but what the rules allow: any sequence of calls, against a list that is filtered by the definition. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CallContext } from "../../../src/chat.ts";
import type { Contexts } from "../../../src/core/contexts.ts";
import type { AudienceName } from "../../../src/core/sharing/access.ts";
import type { ContextItem } from "../../../src/core/sharing/item.ts";
import { emptyTables } from "./tables.ts";

// Names that would run into each other if keys were joined carelessly.
const id = fc.constantFrom(
  "a",
  "b",
  "a\u0000b",
  "a/b",
  "agent",
  "group",
  "group:a",
  "\u0001",
  "\ud800",
  "\ud801",
);
const audience = fc
  .tuple(fc.constantFrom("agent", "group"), id)
  .map(([kind, name]) => `${kind}:${name}`) as fc.Arbitrary<AudienceName>;
const call = fc.record(
  {
    tenant: id,
    agentId: id,
    sessionId: id,
    group: id,
    share: fc.constantFrom(true, false, "read", "write") as fc.Arbitrary<CallContext["share"]>,
  },
  { requiredKeys: ["agentId"] },
);
const content = fc.constantFrom(
  "the train leaves at nine",
  "the hotel is paid",
  "no",
  "\u0000",
  "😀".repeat(3),
);

/** The rule, said a second time: who wrote with which audience, who asks with which. */
interface Written {
  readonly by: CallContext;
  readonly content: string;
}

function mayRead(reader: CallContext, { by }: Written, grants: readonly Granted[] = []): boolean {
  const isSameTenant = (reader.tenant ?? "default") === (by.tenant ?? "default");
  if (!isSameTenant || (reader.share ?? true) === false || reader.share === "write") return false;
  const [readersOwn, writtenTo] = [audienceOf(reader), audienceOf(by)];
  if (readersOwn === writtenTo) return true;
  return grants.some(
    ({ tenant, owner, reader: to }) =>
      tenant === (by.tenant ?? "default") && owner === writtenTo && to === readersOwn,
  );
}

/** Leave that was given, in a tenant. */
interface Granted {
  readonly tenant: string;
  readonly owner: AudienceName;
  readonly reader: AudienceName;
}

function audienceOf({ agentId, group }: CallContext): AudienceName {
  return group === undefined ? `agent:${agentId}` : `group:${group}`;
}

/** Writes what may be written. @returns that */
async function writeAll(
  contexts: Contexts,
  writes: readonly (readonly [by: CallContext, text: string])[],
): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const [by, text] of writes) {
    if (by.share === false || by.share === "read") continue;
    await contexts.add({ content: text }, by);
    written.push({ by, content: text });
  }
  return written;
}

describe("scopes", () => {
  it("show a caller exactly what was written for its audience, whatever the names", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(call, content), { maxLength: 12 }), call, async (writes, reader) => {
        const { contexts } = emptyTables();
        const model = await writeAll(contexts, writes);

        const expected = new Set(model.filter((one) => mayRead(reader, one)).map(identityOf));
        const isReader = reader.share !== false && reader.share !== "write";
        const listed = isReader ? (await contexts.list(reader)).items : [];

        expect(new Set(listed.map(itemIdentity))).toEqual(expected);
        expect(listed).toHaveLength(expected.size);
      }),
      { numRuns: 300 },
    );
  });

  it("give an item by its id to those who may read it, and to nobody else", async () => {
    await fc.assert(
      fc.asyncProperty(call, call, content, async (writer, reader, text) => {
        fc.pre(writer.share !== false && writer.share !== "read");
        fc.pre(reader.share !== false && reader.share !== "write");
        const { contexts } = emptyTables();
        const { id: itemId } = await contexts.add({ content: text }, writer);

        const found = await contexts.get(itemId, reader);

        expect(found !== undefined).toBe(mayRead(reader, { by: writer, content: text }));
      }),
      { numRuns: 300 },
    );
  });

  it("let nothing cross but what was granted and not revoked, under any grants", async () => {
    const step = fc.record({
      grant: fc.record({ tenant: id, owner: audience, reader: audience }),
      isGranted: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(call, content), { maxLength: 8 }),
        fc.array(step, { maxLength: 10 }),
        call,
        async (writes, steps, reader) => {
          const { contexts } = emptyTables();
          const model = await writeAll(contexts, writes);
          let granted: Granted[] = [];
          for (const { grant, isGranted } of steps) {
            if (grant.owner === grant.reader) continue;
            const { tenant, ...asked } = grant;
            granted = granted.filter((one) => JSON.stringify(one) !== JSON.stringify(grant));
            if (isGranted) {
              await contexts.grant(asked, { tenant });
              granted.push(grant);
            } else await contexts.revoke(asked, { tenant });
          }

          const expected = new Set(model.filter((one) => mayRead(reader, one, granted)).map(identityOf));
          const isReader = reader.share !== false && reader.share !== "write";
          const listed = isReader ? (await contexts.list(reader)).items : [];
          const found = isReader ? await contexts.search("the is no", reader, { limit: 100 }) : [];

          expect(new Set(listed.map(itemIdentity))).toEqual(expected);
          expect(listed).toHaveLength(expected.size);
          for (const { item } of found) expect(expected).toContain(itemIdentity(item));
          for (const item of listed) expect(await contexts.get(item.id, reader)).toEqual(item);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("let an agent forget its own items and nobody else's", async () => {
    await fc.assert(
      fc.asyncProperty(call, call, content, async (writer, other, text) => {
        fc.pre(writer.share !== false && writer.share !== "read");
        const { contexts, items } = emptyTables();
        const item = await contexts.add({ content: text }, writer);

        const receipt = await contexts.forget({ id: item.id }, other);

        const isOwner =
          other.agentId === writer.agentId && (other.tenant ?? "default") === (writer.tenant ?? "default");
        expect(receipt.items).toBe(isOwner ? 1 : 0);
        const left = await items.candidates({ ...item, group: writer.group, read: true, write: false }, "");
        expect(left).toHaveLength(isOwner ? 0 : 1);
      }),
      { numRuns: 200 },
    );
  });
});

/** What makes two additions the same item. */
function identityOf({ by, content: text }: Written): string {
  const audience = by.group === undefined ? "agent" : `group:${by.group}`;
  return JSON.stringify([by.tenant ?? "default", by.agentId, by.sessionId ?? null, audience, text]);
}

function itemIdentity(item: ContextItem): string {
  return JSON.stringify([item.tenant, item.agentId, item.sessionId ?? null, item.audience, item.content]);
}
