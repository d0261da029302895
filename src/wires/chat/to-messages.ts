/** Chat for whoever speaks Anthropic's messages. */
import { collectDrops } from "../drop.ts";
import { toRequest } from "../messages/from-chat/request.ts";
import { toCompletion } from "../messages/to-chat/answer.ts";
import { ChatFrames } from "../messages/to-chat/frames.ts";
import type { Translation } from "../translation.ts";
import { customToolNames } from "./dialect/custom-tools.ts";

export const chatToMessages: Translation = {
  from: "chat",
  to: "messages",
  translate({ body }, memory, now) {
    const { drop, dropped } = collectDrops();
    // What a client of OpenAI's says in headers is nothing to Anthropic.
    const request = { wire: "messages" as const, body: toRequest(body, memory, drop) };
    const setting = { memory, now, customTools: customToolNames(body) };
    return {
      request,
      dropped: dropped(),
      answer: (message) => toCompletion(message, setting),
      frames: () => new ChatFrames(setting),
    };
  },
};
