import { describe, expect, it } from "vitest";
import { toGemini, user } from "../given.ts";

const inline = (mimeType: string, data = "AA==") => ({ inlineData: { mimeType, data } });
const at = (mimeType: string, fileUri: string) => ({ fileData: { mimeType, fileUri } });

describe("the parts of a message for Gemini", () => {
  it.each([
    [
      "an image that is sent with it",
      { type: "image_url", image_url: { url: "data:image/webp;base64,AA==" } },
      inline("image/webp"),
    ],
    [
      "an image with parameters in its type",
      { type: "image_url", image_url: { url: "data:image/png;name=x.png;base64,AA==", detail: "auto" } },
      inline("image/png"),
    ],
    [
      "an image at an address",
      { type: "image_url", image_url: { url: "https://h.example/a.png?size=1" } },
      at("image/png", "https://h.example/a.png?size=1"),
    ],
    [
      "an image at an address that does not tell its type",
      { type: "image_url", image_url: { url: "https://h.example/a" } },
      at("image/jpeg", "https://h.example/a"),
    ],
    [
      "a video",
      { type: "video_url", video_url: { url: "https://h.example/a.webm" } },
      at("video/webm", "https://h.example/a.webm"),
    ],
    ["audio", { type: "input_audio", input_audio: { data: "AA==", format: "mp3" } }, inline("audio/mp3")],
    [
      "a file as an address of data",
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
      inline("application/pdf"),
    ],
    [
      "a file as bare data, its type by its name",
      { type: "file", file: { filename: "a.csv", file_data: "AA==" } },
      inline("text/csv"),
    ],
    [
      "a file that Google keeps",
      { type: "file", file: { file_id: "https://generativelanguage.googleapis.com/v1beta/files/x" } },
      at("application/pdf", "https://generativelanguage.googleapis.com/v1beta/files/x"),
    ],
    ["a refusal", { type: "refusal", refusal: "no" }, { text: "no" }],
  ])("are %s (wire 37)", (_what, part, expected) => {
    const { asked, dropped } = toGemini({ messages: [user([{ type: "text", text: "See" }, part])] });

    expect(asked["contents"]).toEqual([{ role: "user", parts: [{ text: "See" }, expected] }]);
    expect(dropped).toEqual([]);
  });

  it("leave out and name what cannot be said", () => {
    const image = { url: "data:image/png;base64,AA==", detail: "high" };
    const { asked, dropped } = toGemini({
      messages: [
        user([
          { type: "text", text: "" },
          { type: "image_url", image_url: image },
          { type: "image_url", image_url: { url: "file:///etc/passwd" } },
        ]),
      ],
    });

    expect(asked["contents"]).toEqual([{ role: "user", parts: [inline("image/png")] }]);
    expect(dropped).toEqual(["messages[0].content[1].image_url.detail", "messages[0].content[2]"]);
  });
});
