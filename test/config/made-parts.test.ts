import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { changesSchema } from "../../src/config/compiler-schema.ts";
import { resolveDefaultOptions, toChanges } from "../../src/config.ts";

function given() {
  const folder = mkdtempSync(join(tmpdir(), "prompt-compiler-parts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    write: (name: string, text: string) =>
      writeFileSync(join(folder, `prompt-compiler.config.${name}`), text),
  };
}

const deployment = (id: string, apiKey: string) => ({
  id,
  model: "m",
  provider: { type: "openai-compatible", baseURL: "http://127.0.0.1:1/v1", apiKey },
});

it("what a file describes as before is the same part when it is read again, whatever else has changed", async () => {
  const { folder, write } = given();
  const strategy = { type: "lowest-latency" };
  write(
    "json",
    JSON.stringify({ strategy, deployments: [deployment("a", "key-1"), deployment("b", "key-1")] }),
  );
  const first = await resolveDefaultOptions({}, folder);
  write(
    "json",
    JSON.stringify({
      strategy,
      deployments: [deployment("b", "key-2"), { ...deployment("a", "key-1"), weight: 2 }],
    }),
  );

  const second = await resolveDefaultOptions({}, folder, first.parts);

  const [a, b] = first.compiler.deployments!;
  const [otherB, sameA] = second.compiler.deployments!;
  expect(sameA).toMatchObject({ id: "a", weight: 2 });
  expect(sameA!.provider).toBe(a!.provider);
  expect(otherB!.provider).not.toBe(b!.provider);
  expect(second.compiler.strategy).toBe(first.compiler.strategy);
  expect(second.compiler.storage).toBe(first.compiler.storage);
});

it("what the environment describes as before is the same part, too", async () => {
  const { folder } = given();
  const env = { OPENAI_API_KEY: "sk-1", REDIS_URL: "redis://127.0.0.1:1" };
  const first = await resolveDefaultOptions(env, folder);

  const same = await resolveDefaultOptions(env, folder, first.parts);
  const other = await resolveDefaultOptions({ ...env, OPENAI_API_KEY: "sk-2" }, folder, first.parts);

  const providerOf = ({ compiler }: typeof first) => compiler.deployments![0]!.provider;
  expect(providerOf(same)).toBe(providerOf(first));
  expect(providerOf(other)).not.toBe(providerOf(first));
  expect([same.compiler.state, same.compiler.storage]).toEqual([
    first.compiler.state,
    first.compiler.storage,
  ]);
});

it("a module that has changed is loaded again, one that has not is the one of before", async () => {
  const { folder, write } = given();
  const budgetOf = async () => (await resolveDefaultOptions({}, folder)).compiler.context?.maxInputTokens;
  write("mjs", "export default { context: { maxInputTokens: 1 } };");
  expect(await budgetOf()).toBe(1);

  write("mjs", "export default { context: { maxInputTokens: 2 } };");
  const later = new Date(Date.now() + 5_000);
  utimesSync(join(folder, "prompt-compiler.config.mjs"), later, later);

  expect(await budgetOf()).toBe(2);
});

it("what a configuration leaves out goes back to its default when it is read again", () => {
  expect(Object.keys(toChanges({})).toSorted()).toEqual(Object.keys(changesSchema.shape).toSorted());
  expect(toChanges({})).toMatchObject({
    deployments: [],
    retry: {},
    hedge: false,
    probe: false,
    affinity: {},
  });
});
