/**
 * Many calls with no hurry, in a file: begun, watched, and read when they are done. No key, no network.
 *
 * With `level("./pc-data")` or `redis(url)` as storage a batch outlives the process: the next one goes on where it stood.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createPromptCompiler } from "prompt-compiler";

const compiler = createPromptCompiler();
const text = "The ferry leaves at 9:40. The hotel is full. The deposit is 400 euros.";
const questions = ["When does the ferry leave?", "Which hotel is full?", "How much is the deposit?"];
const lines = questions.map((question, index) => ({
  custom_id: `question-${index + 1}`,
  method: "POST",
  url: "/v1/chat/completions",
  body: { model: "auto", messages: [{ role: "user", content: `${text} ${question}` }] },
}));

const file = await compiler.files.create({ content: lines.map((line) => JSON.stringify(line)).join("\n") });
let batch = await compiler.batches.create({
  input_file_id: file.id,
  endpoint: "/v1/chat/completions",
  completion_window: "24h",
});
while (batch.status !== "completed") {
  await sleep(50);
  batch = (await compiler.batches.get(batch.id)) ?? batch;
}

let answers = "";
const content = await compiler.files.content(batch.output_file_id ?? "");
for await (const piece of content ?? []) answers += Buffer.from(piece).toString();
for (const { custom_id, response } of answers
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line))) {
  console.log(custom_id, response.status_code, response.body.choices[0].message.content);
}
await compiler.close();
