/** Chat for Google's Gemini: what is said in which words is in `gemini/from-chat`, the way back in `gemini/to-chat`. */
import { toContents } from "../gemini/from-chat/contents.ts";
import { isGeneration3 } from "../gemini/from-chat/generation.ts";
import { toSettings } from "../gemini/from-chat/settings.ts";
import { originalNames } from "../gemini/from-chat/tool-names.ts";
import { toTools } from "../gemini/from-chat/tools.ts";
import { toChatAnswer } from "../gemini/to-chat/answer.ts";
import { ChatFrames } from "../gemini/to-chat/frames.ts";
import { asArray, asString } from "../read.ts";
import type { Translation } from "../translation.ts";
import { customToolNames } from "./dialect/custom-tools.ts";

export const chatToGemini: Translation = {
  from: "chat",
  to: "gemini",
  translate({ body }, memory, now) {
    const dropped = new Set<string>();
    const drop = (path: string): void => void dropped.add(path);
    const messages = asArray(body["messages"]);
    const { model, stream } = body;
    const signed = isGeneration3(asString(model) ?? "");
    const setting = {
      memory,
      now,
      turn: messages.length,
      customTools: customToolNames(body),
      toolNames: originalNames(body),
      legacy: asArray(body["functions"]).length > 0,
    };
    return {
      request: {
        wire: "gemini",
        body: {
          model,
          ...(stream === true && { stream }),
          ...toContents(messages, { memory, signed, drop }),
          ...toTools(body, drop),
          ...toSettings(body, drop),
        },
      },
      dropped: [...dropped],
      answer: (answer) => toChatAnswer(answer, setting),
      frames: () => new ChatFrames(setting),
    };
  },
};
