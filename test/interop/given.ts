/** What the suites of agent frameworks begin with: an app over one upstream that speaks chat and embeddings only. */

import { openaiCompatible } from "../../src/scheduler/index.ts";
import { chunk, completion, usageChunk } from "../chat-shapes.ts";
import type { hosts, RunningApp } from "../host-app.ts";
import { json, startUpstream, type Upstream } from "../upstream.ts";

export interface Hosted {
  readonly upstream: Upstream;
  readonly app: RunningApp;
  close(): Promise<void>;
}

/** The app takes the key "right", and makes one attempt a call: what a client tries again is the client's doing. */
export async function startHosted(start: (typeof hosts)[number][1]): Promise<Hosted> {
  const upstream = await startUpstream();
  const provider = openaiCompatible({ baseURL: `${upstream.url}/v1` });
  const app = await start({
    // A model each for the failures that are followed by a cooldown.
    deployments: ["gpt-x", "gpt-429", "gpt-500", "gpt-cut"].map((model) => ({ id: model, model, provider })),
    keys: [{ key: "right", tenant: "t" }],
    retry: { maxAttempts: 1 },
  });
  return {
    upstream,
    app,
    async close() {
      await app.close();
      await upstream.close();
    },
  };
}

interface Asked {
  readonly id: string;
  readonly name: string;
  readonly arguments: object;
}

/** An answer that asks for tools, with an id of its own: LangChain takes two messages of one id for the same message. */
export function asking(...calls: readonly Asked[]) {
  const answer = completion("");
  const tool_calls = calls.map((call) => ({ id: call.id, type: "function", function: spoken(call) }));
  const message = { role: "assistant", content: null, tool_calls };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: "tool_calls" }];
  return json({ ...answer, id: "chatcmpl-asking", choices });
}

/** The chunks of the same: the arguments of each call in two. */
export function askingChunks(...calls: readonly Asked[]): (object | string)[] {
  return [
    chunk({ role: "assistant", content: null }),
    ...calls.flatMap((call, index) => {
      const { name, arguments: text } = spoken(call);
      return [
        { index, id: call.id, type: "function", function: { name, arguments: text.slice(0, 3) } },
        { index, function: { arguments: text.slice(3) } },
      ].map((each) => chunk({ tool_calls: [each] }));
    }),
    chunk({}, "tool_calls"),
    usageChunk,
    "[DONE]",
  ];
}

function spoken({ name, arguments: given }: Asked) {
  return { name, arguments: JSON.stringify(given) };
}

/** Embeddings as an upstream gives them that knows numbers only. */
export function embeddings(...vectors: readonly (readonly number[])[]) {
  return json({
    object: "list",
    model: "served-model",
    data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
    usage: { prompt_tokens: 3, total_tokens: 3 },
  });
}
