/** Anthropic's messages for whoever speaks chat. What its vendor makes of that is the dialect's (`chat/dialect`). */
import { collectDrops } from "../drop.ts";
import type { Translation } from "../translation.ts";
import { toMessage } from "./from-chat/answer.ts";
import { MessageFrames } from "./from-chat/frames.ts";
import { toRequest } from "./to-chat/request.ts";
import { originalNames } from "./to-chat/tools.ts";

export const messagesToChat: Translation = {
  from: "messages",
  to: "chat",
  translate({ body }) {
    const { drop, dropped } = collectDrops();
    // Versions and betas of Anthropic's are nothing to others (defect 71).
    const request = { wire: "chat" as const, body: toRequest(body, drop) };
    const toolNames = originalNames(body);
    return {
      request,
      dropped: dropped(),
      answer: (completion) => toMessage(completion, toolNames),
      frames: () => new MessageFrames(toolNames),
    };
  },
};
