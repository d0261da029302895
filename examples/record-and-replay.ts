/**
 * One call recorded, then answered again from the recording: no network, the same words at the same pace.
 *
 * A script stands in for the upstream here; in your own tests wrap `openaiCompatible({ baseURL, apiKey })` once.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPromptCompiler } from "prompt-compiler";
import { type Provider, record, replay, scripted } from "prompt-compiler/scheduler";

async function ask(provider: Provider): Promise<string> {
  const compiler = createPromptCompiler({ deployments: [{ id: "gpu", model: "m", provider }] });
  const request = { model: "m", messages: [{ role: "user", content: "Which ferry do we take?" }] };
  let text = "";
  for await (const { choices } of compiler.stream(request)) text += choices[0]?.delta.content ?? "";
  await compiler.close();
  return text;
}

const directory = await mkdtemp(join(tmpdir(), "recording-"));
const file = join(directory, "ferry.jsonl");
const upstream = scripted([{ says: "The one at 9:40.", betweenMs: 20 }, { fails: "network" }]);

console.log("recorded:", await ask(record(upstream, file)));
console.log("replayed:", await ask(replay(file)));
await rm(directory, { recursive: true });
