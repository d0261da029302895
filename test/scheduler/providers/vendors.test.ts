import { describe, expect, it } from "vitest";
import { openaiCompatible } from "../../../src/scheduler/index.ts";
import { findVendor, VENDORS, vendors } from "../../../src/scheduler/providers/vendors.ts";

const baseURL = "http://127.0.0.1:1/v1";

describe("vendors that are known", () => {
  it("are those that step 3 names, and the one whose state is remembered", () => {
    expect(VENDORS.toSorted()).toEqual(
      [
        ...["openai", "azure", "openrouter", "groq", "mistral", "deepseek", "xai", "together", "fireworks"],
        ...["vllm", "llama.cpp", "lm-studio", "ollama", "google"],
      ].toSorted(),
    );
  });

  it.each(VENDORS)("have a source: %s", (vendor) => {
    expect(vendors[vendor].source).toMatch(/https:\/\/\S+/);
  });

  it("are known by their host and its subdomains, not by a name that only ends like it", () => {
    expect(findVendor(undefined, "me.openai.azure.com")?.vendor).toBe("azure");
    expect(findVendor(undefined, "eu.api.openai.com")?.vendor).toBe("openai");
    expect(findVendor(undefined, "notapi.openai.com")?.vendor).toBeUndefined();
    expect(findVendor("vllm", "api.openai.com")?.vendor).toBe("vllm");
  });

  it("change nothing where the host is nobody's", () => {
    const { dialect, rejects, wires } = openaiCompatible({ baseURL });

    expect([dialect, rejects, wires]).toEqual([undefined, [], ["chat", "embeddings"]]);
  });
});

describe("openaiCompatible", () => {
  it.each([
    [{ vendor: "lmstudio" }, /vendor must be one of .*, got "lmstudio", did you mean "lm-studio"\?/],
    [{ wires: ["chats"] }, /wires must be some of .*, got "chats", did you mean "chat"\?/],
    [{ wires: [] }, /wires must be some of .*, got \[\]/],
  ])("names the mistake in %j, and the nearest name", (options, message) => {
    expect(() => openaiCompatible({ baseURL, ...(options as object) })).toThrow(message);
  });
});
