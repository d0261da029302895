import { openaiCompatible } from "../../../src/scheduler/providers/openai-compatible.ts";
import { describeProvider } from "../../contracts/provider.ts";
import { completeStreams, completion, unfinishedEvents } from "../../fixtures/openai-streams.ts";

const messages = [{ role: "user", content: "hello" }];

describeProvider("openaiCompatible, cut at every byte", {
  create: (baseURL, apiKey) => openaiCompatible({ baseURL, apiKey }),
  everyCut: true,
  fixtures: {
    wire: "chat",
    request: { model: "m", messages },
    streamRequest: { model: "m", messages, stream: true, stream_options: { include_usage: true } },
    answer: completion,
    streams: completeStreams,
    unfinished: unfinishedEvents,
  },
});
