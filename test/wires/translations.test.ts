import { describe, expect, it } from "vitest";
import { codecFor, translationTo, understands } from "../../src/wires/index.ts";
import { chain, type Translation } from "../../src/wires/translation.ts";
import { WIRES } from "../../src/wires/wire.ts";
import { noMemory } from "./memory.ts";

/** Says where it goes in everything that passes it. */
const marking = (from: "completions" | "chat", to: "chat" | "embeddings"): Translation => ({
  from,
  to,
  translate: ({ body }) => ({
    request: { wire: to, body: { ...body, asked: [...((body["asked"] as string[]) ?? []), to] } },
    dropped: ["both", `to ${to}`],
    answer: (answer) => ({ said: [...((answer["said"] as string[]) ?? []), from] }),
    frames: () => ({
      push: ({ data }) => [{ data: `${data} ${from}` }],
      end: () => [{ data: `end ${from}` }],
    }),
  }),
});

describe("translationTo", () => {
  it("finds nothing to do where the wire is spoken, the way where there is one, and says where there is none", () => {
    expect(translationTo("chat", ["chat"])).toBeUndefined();
    expect(translationTo("completions", ["embeddings", "chat"])).toMatchObject({ to: "chat" });
    expect(translationTo("embeddings", ["chat"])).toBe("none");
    expect(understands(["chat"], "completions")).toBe(true);
    expect(understands(["chat"], "embeddings")).toBe(false);
  });

  it.each(WIRES.flatMap((from) => WIRES.map((to) => [from, to] as const)))(
    "takes %s to %s by a translation that says so, or not at all",
    (from, to) => {
      const found = translationTo(from, [to]);

      if (found !== undefined && found !== "none") expect([found.from, found.to]).toEqual([from, to]);
      expect(codecFor(from).wire).toBe(from);
    },
  );
});

describe("chain", () => {
  const { translate } = chain(marking("completions", "chat"), marking("chat", "embeddings"));
  const translated = translate({ wire: "completions", body: {} }, noMemory, 0);

  it("asks through both, and names what either left out once", () => {
    expect(translated.request).toEqual({ wire: "embeddings", body: { asked: ["chat", "embeddings"] } });
    expect(translated.dropped).toEqual(["both", "to chat", "to embeddings"]);
  });

  it("answers through both, the other way round", () => {
    expect(translated.answer({})).toEqual({ said: ["chat", "completions"] });
  });

  it("passes each frame through both, and what the far end says last through the near one", () => {
    const frames = translated.frames();

    expect(frames.push({ data: "x" })).toEqual([{ data: "x chat completions" }]);
    expect(frames.end()).toEqual([{ data: "end chat completions" }, { data: "end completions" }]);
  });
});
