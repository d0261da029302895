/**
 * What your agent sees when a provider goes wrong: faults on demand, no network.
 *
 * The first deployment refuses, then breaks; the second one answers. Then both cut their streams in the middle.
 */
import { createPromptCompiler } from "prompt-compiler";
import { type FaultPlan, faulty, scripted } from "prompt-compiler/scheduler";

function compilerWith(first: FaultPlan, second: FaultPlan) {
  return createPromptCompiler({
    deployments: [
      { id: "first", model: "m", provider: faulty(scripted(["answer of the first"]), first) },
      { id: "second", model: "m", provider: faulty(scripted(["answer of the second"]), second) },
    ],
    onEvent(event) {
      if (event.type === "attempt-end") console.log(event.deployment, event.failure ?? "fine");
    },
  });
}
const request = { model: "m", messages: [{ role: "user", content: "Hello?" }] };

const failingOver = compilerWith(
  [{ status: 429, headers: { "retry-after": "30" } }, "reset-before-headers"],
  [],
);
const { choices } = await failingOver.chat(request);
console.log(choices[0]?.message.content);

let text = "";
try {
  for await (const chunk of compilerWith("mid-stream-cut", "mid-stream-cut").stream(request)) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
} catch (error) {
  console.log(JSON.stringify(text), "and then:", (error as Error).message);
}
