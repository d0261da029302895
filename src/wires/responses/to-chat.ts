/**
 * Responses for whoever speaks chat. What a vendor of responses would keep, conversations and answers, is kept on our side
 * (src/responses): by the time a request comes here its whole conversation is in its input.
 */
import { DONE, inspectChatFrame } from "../chat/frames.ts";
import { parseRecord } from "../read.ts";
import type { FrameTranslation, Translation } from "../translation.ts";
import type { Frame, WireBody } from "../wire.ts";
import { toChatRequest } from "./chat-request.ts";
import { ResponseWriter } from "./response-writer.ts";

export const responsesToChat: Translation = {
  from: "responses",
  to: "chat",
  translate({ body, headers }, _memory, now) {
    const chat = toChatRequest(body);
    return {
      request: { wire: "chat", body: chat.body, headers },
      dropped: chat.dropped,
      answer: (completion) => wholeResponse(body, completion, now),
      frames: () => responseFrames(body, now),
    };
  },
};

function wholeResponse(request: WireBody, completion: WireBody, now: number): WireBody {
  const writer = new ResponseWriter(request, now);
  writer.add(completion, "message");
  writer.end("stop");
  return writer.response ?? {};
}

function responseFrames(request: WireBody, now: number): FrameTranslation {
  const writer = new ResponseWriter(request, now);
  const done: Frame = { data: DONE };
  return {
    push(frame) {
      if (frame.data === DONE) return [...writer.end("stop"), done];
      const { error } = inspectChatFrame(frame);
      if (error !== undefined) return [writer.failed(error)];
      const chunk = parseRecord(frame.data);
      return chunk === undefined ? [frame] : writer.add(chunk, "delta");
    },
    end() {
      const frames = writer.end();
      return frames.length === 0 ? [] : [...frames, done];
    },
  };
}
