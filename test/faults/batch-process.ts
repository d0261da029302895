/**
 * The process that the batch's kill test kills: a compiler on LevelDB with one upstream.
 *
 *     node --import tsx test/faults/batch-process.ts <directory> <upstream> begin <lines>     begins a batch, prints its id
 *     node --import tsx test/faults/batch-process.ts <directory> <upstream> resume <id>       goes on with it, prints its output
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createPromptCompiler, level } from "../../src/index.ts";
import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chatLine, toFile } from "../batches/given.ts";

const [directory = "", upstream = "", what = "", argument = ""] = process.argv.slice(2);
const compiler = createPromptCompiler({
  deployments: [{ id: "a", model: "m", provider: openaiCompatible({ baseURL: `${upstream}/v1` }) }],
  storage: level(directory),
  batches: { concurrency: 4, leaseMs: 500 },
});

if (what === "begin") {
  const texts = Array.from({ length: Number(argument) }, (_, index) => `line ${index}`);
  const { id } = await compiler.files.create({ content: toFile(texts.map((text) => chatLine(text))) });
  const batch = await compiler.batches.create({
    input_file_id: id,
    endpoint: "/v1/chat/completions",
    completion_window: "24h",
  });
  process.stdout.write(`${batch.id}\n`);
} else {
  compiler.batches.resume();
  let batch = await compiler.batches.get(argument);
  for (; batch?.status !== "completed"; batch = await compiler.batches.get(argument)) await sleep(20);
  for await (const piece of (await compiler.files.content(batch.output_file_id ?? "")) ?? []) {
    process.stdout.write(piece);
  }
  await compiler.close();
}
