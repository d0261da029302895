/**
 * Nothing crosses in real calls, through the public entry: agents of several tenants and groups are told things, note
 * things, grant, revoke and forget in any order, and whoever asks is sent exactly what the rule allows.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AudienceName, type CallContext, createPromptCompiler, memory } from "../../../src/index.ts";
import { scripted } from "../../../src/scheduler/index.ts";
import { FakeClock } from "../../fake-clock.ts";

const tenant = fc.constantFrom("default", "acme", "a\u0000b");
const agentId = fc.constantFrom("a", "b", "a\u0000b", "group:g");
const group = fc.option(fc.constantFrom("g", "h", "a"), { nil: undefined });
const share = fc.constantFrom<CallContext["share"][]>(true, "read", "write", false);
const caller = fc.record({ tenant, agentId, group, share, sessionId: fc.constantFrom("s", "t") });
const audience = fc
  .oneof(
    fc.tuple(fc.constant("agent"), agentId),
    fc.tuple(fc.constant("group"), fc.constantFrom("g", "h", "a")),
  )
  .map(([kind, name]) => `${kind}:${name}`) as fc.Arbitrary<AudienceName>;
const grant = fc.record({ tenant, owner: audience, reader: audience });

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("say" as const), by: caller }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("note" as const), by: caller }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("grant" as const), grant }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("revoke" as const), grant }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("forget" as const), by: caller }) },
);

/** The rule, said a second time. */
class Model {
  #written: { readonly by: CallContext; readonly word: string }[] = [];
  #granted = new Set<string>();

  write(by: CallContext, word: string): void {
    if (by.share === true || by.share === "write") this.#written.push({ by, word });
  }

  setGranted({ tenant: of, owner, reader }: { tenant: string; owner: string; reader: string }, is: boolean) {
    const name = JSON.stringify([of, owner, reader]);
    if (is) this.#granted.add(name);
    else this.#granted.delete(name);
  }

  forgetAgent(by: CallContext): void {
    this.#written = this.#written.filter(
      (one) => one.by.tenant !== by.tenant || one.by.agentId !== by.agentId,
    );
    for (const name of this.#granted) {
      const [of, ...names] = JSON.parse(name) as string[];
      if (of === by.tenant && names.includes(`agent:${by.agentId}`)) this.#granted.delete(name);
    }
  }

  readableBy(reader: CallContext): ReadonlySet<string> {
    if (reader.share !== true && reader.share !== "read") return new Set();
    const mayRead = (by: CallContext): boolean =>
      by.tenant === reader.tenant &&
      (audienceOf(by) === audienceOf(reader) ||
        this.#granted.has(JSON.stringify([by.tenant, audienceOf(by), audienceOf(reader)])));
    return new Set(this.#written.filter(({ by }) => mayRead(by)).map(({ word }) => word));
  }
}

function audienceOf(call: CallContext): string {
  return call.group === undefined ? `agent:${call.agentId}` : `group:${call.group}`;
}

describe("scopes of calls, through the public entry", () => {
  it("let a model be sent what its caller may read, all of it, and nothing else, whatever was done before", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 14 }),
        fc.array(caller, { minLength: 2, maxLength: 4 }),
        check,
      ),
      { numRuns: 120 },
    );
  });
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

async function check(steps: readonly Step[], readers: readonly CallContext[]): Promise<void> {
  const clock = new FakeClock();
  const provider = scripted(["Noted."]);
  const compiler = createPromptCompiler({
    deployments: [{ id: "up", model: "m", provider }],
    storage: memory({ clock }),
    clock,
    stats: false,
  });
  const model = new Model();
  for (const [index, one] of steps.entries()) {
    const content = `The ferry says thing${index}x.`;
    if (one.kind === "say") {
      await compiler.chat({ model: "m", messages: [{ role: "user", content }] }, one.by);
      model.write(one.by, `thing${index}x`);
    } else if (one.kind === "note") {
      const isWriter = one.by.share === true || one.by.share === "write";
      if (isWriter) await compiler.contexts.add({ content }, one.by);
      else await expect(compiler.contexts.add({ content }, one.by)).rejects.toThrow(/share/);
      model.write(one.by, `thing${index}x`);
    } else if (one.kind === "forget") {
      await compiler.contexts.forget({ agentId: String(one.by.agentId) }, one.by);
      model.forgetAgent(one.by);
    } else if (one.grant.owner !== one.grant.reader) {
      const { tenant: of, ...asked } = one.grant;
      if (one.kind === "grant") await compiler.contexts.grant(asked, { tenant: of });
      else await compiler.contexts.revoke(asked, { tenant: of });
      model.setGranted(one.grant, one.kind === "grant");
    }
  }

  for (const reader of readers) {
    const before = provider.attempts.length;
    const question = { model: "m", messages: [{ role: "user", content: "What does the ferry say?" }] };
    // Read only, so that one question is not another's context.
    const call = { ...reader, share: reader.share === true ? ("read" as const) : reader.share };
    if (call.share !== "write") await compiler.chat(question, call);
    const { request } = await compiler.compile(question, call);

    const sent = JSON.stringify([request, provider.attempts.slice(before).map(({ body }) => body)]);
    expect(new Set(sent.match(/thing\d+x/g))).toEqual(model.readableBy(reader));
  }
}
