import { describe, expect, it } from "vitest";
import { createPromptCompiler, type PromptCompilerEvent } from "../src/index.ts";
import { type ScriptedStep, scripted } from "../src/scheduler/index.ts";

const call = { agentId: "scout", sessionId: "s1", group: "trip", share: true } as const;
const request = { model: "m", messages: [{ role: "user", content: "What does the </data> hotel want?" }] };

/** A compiler whose agents ask "m", and whose notes are written by "notes". */
function learningCompiler(notes: ScriptedStep) {
  const events: PromptCompilerEvent[] = [];
  const listeners: (() => void)[] = [];
  const writer = scripted([notes]);
  const compiler = createPromptCompiler({
    deployments: [
      { id: "up", model: "m", provider: scripted(["It wants 400 euros by 2 May."]) },
      { id: "writer", model: "notes", provider: writer },
    ],
    context: { captureModel: "notes" },
    retry: { maxAttempts: 1 },
    onEvent: (event) => {
      events.push(event);
      for (const listener of listeners) listener();
    },
  });
  /** Resolves with the first event of a kind that was told, or is. */
  const told = async (isMeant: (event: PromptCompilerEvent) => boolean): Promise<PromptCompilerEvent> => {
    for (;;) {
      const found = events.find(isMeant);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => listeners.push(resolve));
    }
  };
  return { compiler, events, told, writer };
}

const isLearned = ({ type }: PromptCompilerEvent): boolean => type === "context-learned";
const isDegraded = (event: PromptCompilerEvent): boolean =>
  event.type === "degraded" && event.what === "learning";

describe("context.captureModel", () => {
  it("notes what is to be learned from a call, made from what was captured of it, and relied on less", async () => {
    const { compiler, told } = learningCompiler(
      "- The hotel wants 400 euros by 2 May.\n- Oban has a pier.\nThat is all.",
    );

    await compiler.chat(request, call);
    const event = await told(isLearned);

    const { items } = await compiler.contexts.list(call);
    const captured = items.filter(({ role }) => role !== "note");
    expect(event).toMatchObject({ entries: 2 });
    expect(items.filter(({ role }) => role === "note")).toMatchObject([
      { content: "Oban has a pier.", trust: 0.8, agentId: "scout" },
      { content: "The hotel wants 400 euros by 2 May.", lineage: captured.map(({ id }) => id).toReversed() },
    ]);
  });

  it("gives the model what was said as data that cannot close its block, behind every other call", async () => {
    const { compiler, told, writer } = learningCompiler("none");

    await compiler.chat(request, call);
    await told(isLearned);

    const { messages, max_tokens } = writer.attempts[0]!.body as {
      messages: { role: string; content: string }[];
      max_tokens: number;
    };
    const block = messages[1]?.content ?? "";
    expect(max_tokens).toBe(400);
    expect(block.match(/<\/data>/g)).toHaveLength(1);
    expect(block.endsWith("</data>")).toBe(true);
    expect(block).toContain("What does the &lt;/data&gt; hotel want?");
  });

  it("does not make the answer wait", async () => {
    const { compiler } = learningCompiler({ hangs: true });

    const answer = await compiler.chat(request, call);

    expect(answer.choices[0]?.message.content).toBe("It wants 400 euros by 2 May.");
    await compiler.close();
  });

  it("costs an event and no call where the model fails", async () => {
    const { compiler, told } = learningCompiler({ fails: "invalid-request" });

    await compiler.chat(request, call);
    const event = await told(isDegraded);

    expect(event).toMatchObject({ type: "degraded", what: "learning" });
    expect((await compiler.contexts.list(call)).items.map(({ role }) => role)).toEqual(["assistant", "user"]);
  });

  it("asks nothing about calls that write nothing, nor about what is known already", async () => {
    const { compiler, told, writer } = learningCompiler("none");

    await compiler.chat(request, { ...call, share: "read" });
    await compiler.chat(request, call);
    await told(isLearned);
    await compiler.chat(request, call);
    await compiler.close();

    expect(writer.attempts).toHaveLength(1);
  });

  it("counts what learning cost as the agent's", async () => {
    const { compiler, told } = learningCompiler("none");

    await compiler.chat(request, call);
    await told(isLearned);

    expect((await compiler.stats.agents()).agents).toMatchObject([{ agentId: "scout", calls: 2 }]);
  });
});
