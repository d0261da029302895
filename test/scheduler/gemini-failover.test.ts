/** A conversation with tools that goes from Gemini to a vendor of OpenAI's wire, and back. */
import { describe, expect, it } from "vitest";
import type { Provider } from "../../src/scheduler/providers/provider.ts";
import type { Wire, WireBody } from "../../src/wires/wire.ts";
import { completion } from "../chat-shapes.ts";
import { calling, generated, SIGNATURE } from "../fixtures/gemini.ts";
import { failure, givenCall, givenScheduler } from "./given.ts";

/** Answers as it is told; "down": it fails. Remembers what it was asked. */
function answering(wire: Wire, ...answers: readonly (object | "down")[]) {
  const asked: WireBody[] = [];
  const provider: Provider = {
    name: wire,
    wires: [wire],
    async send({ body }) {
      const answer = answers[asked.length] ?? "down";
      asked.push(body);
      if (answer === "down") throw failure("conflict");
      return { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) };
    },
  };
  return { provider, asked };
}

const turn = (messages: readonly object[]) =>
  givenCall({ requestFor: () => ({ wire: "chat", body: { model: "m", messages } }) });

const user = { role: "user", content: "Weather in Wien and Graz?" };

/** The message of a whole answer, as a client that knows OpenAI's fields only sends it back. */
function messageOf(body: Uint8Array | undefined): {
  role: string;
  content: unknown;
  tool_calls: { id: string }[];
} {
  const { role, content, tool_calls } = JSON.parse(Buffer.from(body ?? []).toString()).choices[0].message;
  const calls = (tool_calls ?? []).map(({ extra_content: _, ...call }: Record<string, unknown>) => call);
  return { role, content, tool_calls: calls };
}

describe("a conversation that fails over between Gemini and a vendor of OpenAI's wire", () => {
  const openaiCalls = {
    ...completion(""),
    choices: [
      {
        index: 0,
        finish_reason: "tool_calls",
        message: {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "call_openai",
              type: "function",
              function: { name: "weather", arguments: '{"city":"Linz"}' },
            },
          ],
        },
      },
    ],
  };

  it("is put into each one's words anew, keeps Gemini's signature for its return, and gives it no id or signature of the other's (defect 34, defect 35, defect 68)", async () => {
    const gemini = answering("gemini", calling, "down", generated([{ text: "Sunny" }], "STOP"));
    const openai = answering("chat", openaiCalls);
    const { scheduler } = givenScheduler([gemini.provider, openai.provider], {
      each: { sentModel: "gemini-3-pro-preview" },
      strategy: { name: "first", pick: (eligible) => eligible[0]! },
      affinity: false,
    });

    const first = messageOf((await scheduler.run(turn([user]))).reply.body);
    const results = first.tool_calls.map(({ id }) => ({
      role: "tool",
      tool_call_id: id,
      content: `of ${id}`,
    }));
    const history = [user, first, ...results];
    const second = await scheduler.run(turn(history));
    const called = messageOf(second.reply.body);
    const all = [...history, called, { role: "tool", tool_call_id: "call_openai", content: "rain" }];
    const third = await scheduler.run(turn(all));

    // To the other vendor goes what the client said, not what was made of it for Gemini.
    expect(second.deployment).toBe("b");
    expect(openai.asked[0]?.["messages"]).toEqual(history);
    expect(third.deployment).toBe("a");
    expect(gemini.asked[2]?.["contents"]).toEqual([
      { role: "user", parts: [{ text: user.content }] },
      {
        role: "model",
        parts: [
          { functionCall: { name: "weather", args: { city: "Wien" } }, thoughtSignature: SIGNATURE },
          { functionCall: { name: "weather", args: { city: "Graz" } } },
        ],
      },
      {
        role: "user",
        parts: results.map(({ content }) => ({
          functionResponse: { name: "weather", response: { output: content } },
        })),
      },
      {
        role: "model",
        parts: [
          {
            functionCall: { name: "weather", args: { city: "Linz" } },
            thoughtSignature: "skip_thought_signature_validator",
          },
        ],
      },
      { role: "user", parts: [{ functionResponse: { name: "weather", response: { output: "rain" } } }] },
    ]);
  });

  it.each([
    [
      "a prompt that Gemini blocks, for a filter elsewhere may be laxer",
      { promptFeedback: { blockReason: "SAFETY" } },
    ],
    ["a call that cannot be run", generated([], "MALFORMED_FUNCTION_CALL")],
  ])("goes on after %s (defect 11)", async (_what, answer) => {
    const gemini = answering("gemini", answer);
    const openai = answering("chat", completion("Sunny"));
    const { scheduler } = givenScheduler([gemini.provider, openai.provider]);

    const { deployment, attempts } = await scheduler.run(turn([user]));

    expect([deployment, attempts]).toEqual(["b", 2]);
  });

  it("asks what the sent model understands, whatever name was asked, and names what is left out", async () => {
    const gemini = answering("gemini", generated([{ text: "Sunny" }], "STOP"));
    const { scheduler } = givenScheduler([gemini.provider], { each: { sentModel: "gemini-2.5-flash" } });
    const body = { model: "auto", messages: [user], reasoning_effort: "low", logit_bias: {}, user: "u" };

    const { dropped } = await scheduler.run(givenCall({ requestFor: () => ({ wire: "chat", body }) }));

    expect(gemini.asked[0]).toMatchObject({
      model: "gemini-2.5-flash",
      generationConfig: { thinkingConfig: { thinkingBudget: 1024 } },
    });
    expect(dropped).toEqual(["logit_bias", "user"]);
  });
});
