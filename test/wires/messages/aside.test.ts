import { describe, expect, it } from "vitest";
import { chatToGemini } from "../../../src/wires/chat/to-gemini.ts";
import { chatToMessages } from "../../../src/wires/chat/to-messages.ts";
import { messagesToChat } from "../../../src/wires/messages/to-chat.ts";
import type { WireBody } from "../../../src/wires/wire.ts";
import { found, message, searching, searchingMessage } from "../../fixtures/anthropic-messages.ts";
import { noMemory } from "../memory.ts";

const hi = { role: "user", content: "When does the ferry leave?" };
const translate = (body: WireBody) =>
  chatToMessages.translate(
    { wire: "chat", body: { model: "claude-x", messages: [hi], ...body } },
    noMemory,
    1,
  );

const messageOf = (completion: WireBody) => (completion["choices"] as { message: WireBody }[])[0]!.message;

/** The fields of all deltas: text is joined, everything else put behind one another. */
function streamed(events: readonly object[]) {
  const frames = translate({ stream: true }).frames();
  const chunks = [
    ...events.flatMap((event) => frames.push({ data: JSON.stringify(event) })),
    ...frames.end(),
  ];
  const deltas = chunks
    .filter(({ data }) => data !== "[DONE]")
    .flatMap(({ data }) => JSON.parse(data).choices.map(({ delta }: { delta: WireBody }) => delta));
  const own = deltas.map(({ extra_content }) => extra_content?.anthropic ?? {});
  return {
    content: deltas.map(({ content }) => content ?? "").join(""),
    annotations: deltas.flatMap(({ annotations }) => annotations ?? []),
    citations: own.flatMap(({ citations }) => citations ?? []),
    blocks: own.flatMap(({ content }) => content ?? []),
  };
}

describe("what Anthropic answers beside text, thinking and calls", () => {
  const annotation = {
    type: "url_citation",
    url_citation: { start_index: 13, end_index: 31, url: "https://ferry.example/", title: "Ferries" },
  };

  it("reaches a caller of chat: searches in Anthropic's words, addresses as annotations, other citations beside", () => {
    const told = messageOf(translate({}).answer(searchingMessage));

    expect(told).toEqual({
      role: "assistant",
      content: "I look it up.It leaves at noon. I have it from you.",
      refusal: null,
      annotations: [annotation],
      extra_content: {
        anthropic: {
          citations: [{ ...found.ofDocument, start_index: 31, end_index: 51 }],
          content: [found.search, found.result],
        },
      },
    });
  });

  it("is streamed the same", () => {
    const told = messageOf(translate({}).answer(searchingMessage));

    expect(streamed(searching)).toEqual({
      content: told["content"],
      annotations: told["annotations"],
      citations: [{ ...found.ofDocument, start_index: 31, end_index: 51 }],
      blocks: [found.search, found.result],
    });
  });

  it("names an address without a title by itself, and makes no link of what is no address", () => {
    const cited = (citation: object) =>
      messageOf(
        translate({}).answer({ ...message, content: [{ type: "text", text: "x", citations: [citation] }] }),
      );
    const place = { start_index: 0, end_index: 1 };
    const source = (address: string) => ({ type: "search_result_location", source: address, title: null });

    expect(cited(source("https://a.example"))["annotations"]).toEqual([
      {
        type: "url_citation",
        url_citation: { ...place, url: "https://a.example", title: "https://a.example" },
      },
    ]);
    expect(cited(source("notes/7"))).not.toHaveProperty("annotations");
    expect(cited(source("notes/7"))["extra_content"]).toEqual({
      anthropic: { citations: [{ ...source("notes/7"), ...place }] },
    });
  });

  it("is nothing where there is nothing: no field of it stands in a plain answer", () => {
    expect(messageOf(translate({}).answer(message))).toEqual({
      role: "assistant",
      content: expect.any(String),
      refusal: null,
    });
  });

  it("goes back to Anthropic with the next turn, from clients that keep every field", () => {
    const said = messageOf(translate({}).answer(searchingMessage));

    const { request, dropped } = translate({ messages: [hi, said, hi] });

    expect(request.body["messages"]).toMatchObject([
      { role: "user" },
      { role: "assistant", content: [found.search, found.result, { type: "text", text: said["content"] }] },
      { role: "user" },
    ]);
    expect(dropped).toEqual(["messages[1].annotations"]);
  });

  it("is named where it goes on to Gemini, and Gemini's where that goes on to Anthropic", () => {
    const [ofAnthropic, ofGoogle] = [
      { anthropic: { content: [found.search] } },
      { google: { thought_signature: "s" } },
    ];
    const asked = (extra_content: object) => {
      const messages = [hi, { role: "assistant", content: "x", extra_content }, hi];
      return { wire: "chat" as const, body: { model: "m", messages } };
    };

    expect(chatToGemini.translate(asked(ofAnthropic), noMemory, 1).dropped).toEqual([
      "messages[1].extra_content.anthropic",
    ]);
    expect(chatToMessages.translate(asked(ofGoogle), noMemory, 1).dropped).toEqual([
      "messages[1].extra_content.google",
    ]);
  });

  it("is named where a caller of messages sends it to somebody who speaks chat", () => {
    const { content } = searchingMessage;
    const body = { model: "m", max_tokens: 9, messages: [hi, { role: "assistant", content }, hi] };

    const { request, dropped } = messagesToChat.translate({ wire: "messages", body }, noMemory, 1);

    expect(dropped).toEqual([
      "messages[1].content[1]",
      "messages[1].content[2]",
      "messages[1].content[3].citations",
      "messages[1].content[4].citations",
    ]);
    expect(JSON.stringify(request.body)).not.toContain("srvtoolu");
  });
});
