import { describe, expect, it } from "vitest";
import { changesSchema, compilerSchema } from "../src/config/compiler-schema.ts";
import { createPromptCompiler, type PromptCompilerEvent } from "../src/index.ts";
import { scripted } from "../src/scheduler/index.ts";

const hello = { model: "m", messages: [{ role: "user", content: "Hi" }] };

describe("compiler.reconfigure", () => {
  const deployment = (says: string) => ({ id: says, model: "m", provider: scripted([says]) });

  it("sends new calls to the new deployments, with the built-in models behind them as before", async () => {
    const events: PromptCompilerEvent[] = [];
    const onEvent = (event: PromptCompilerEvent): void => void events.push(event);
    const compiler = createPromptCompiler({ deployments: [deployment("old")], onEvent });

    await compiler.reconfigure({ deployments: [deployment("new")] });

    const { choices } = await compiler.chat(hello);
    expect(choices[0]?.message.content).toBe("new");
    expect((await compiler.models()).map(({ id }) => id)).toEqual([
      "m",
      "pc-extractive",
      "pc-lexical-embedding",
    ]);
    expect(events[0]).toEqual({
      type: "reconfigured",
      added: ["new"],
      removed: ["old"],
      kept: ["pc-extractive", "pc-lexical-embedding"],
    });
  });

  it.each([
    [
      { deployments: [{ ...deployment("x"), modle: "m" }] },
      "reconfigure: unknown option deployments[0].modle",
    ],
    [{ retry: { maxAttempts: 0 } }, "reconfigure: retry.maxAttempts must be a positive integer, got 0"],
    [{ strategy: "fast" }, "reconfigure: strategy must be a strategy"],
    [{ hegde: {} }, "reconfigure: unknown option hegde, did you mean hedge?"],
    [{ deployments: [deployment("pc-extractive")] }, 'must be unique, got "pc-extractive" twice'],
    [{ storage: undefined }, "reconfigure: storage cannot change while calls go on"],
    [undefined, "reconfigure: options must be an object, got undefined"],
  ])("rejects %j, and the old configuration goes on (defect 53)", async (changes, message) => {
    const compiler = createPromptCompiler({ deployments: [deployment("old")] });

    await expect(compiler.reconfigure(changes as object)).rejects.toThrow(message);

    expect((await compiler.chat(hello)).choices[0]?.message.content).toBe("old");
  });

  it("says of every option of the compiler that it may change, or why it may not", async () => {
    const compiler = createPromptCompiler();
    const fixed = Object.keys(compilerSchema.shape).filter(
      (name) => !Object.hasOwn(changesSchema.shape, name),
    );

    for (const name of fixed) {
      await expect(compiler.reconfigure({ [name]: {} })).rejects.toThrow(
        `${name} cannot change while calls go on, since`,
      );
    }
  });

  it("is refused once the compiler is closed", async () => {
    const compiler = createPromptCompiler();
    await compiler.close();

    await expect(compiler.reconfigure({})).rejects.toMatchObject({ code: "PC_CLOSED" });
  });
});
