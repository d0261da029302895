import { describe, expect, it } from "vitest";
import { parseCacheControl } from "../../../src/scheduler/cache/cache-control.ts";
import { createCallKeys } from "../../../src/scheduler/cache/call-key.ts";
import type { ScheduledCall } from "../../../src/scheduler/call.ts";
import { givenCall } from "../given.ts";

const question = { messages: [{ role: "user", content: "Hi" }], temperature: 0 };

function keyOf(body: object, call: Partial<ScheduledCall> = {}): string | undefined {
  const request = { wire: call.wire ?? ("chat" as const), body: { model: "m", ...body } };
  return createCallKeys()(givenCall({ requestFor: () => request, ...call }))?.key;
}

describe("a call's key", () => {
  it.each<[string, object]>([
    ["a parameter", { top_p: 0.5 }],
    ["a schema", { response_format: { type: "json_object" } }],
    ["reasoning effort", { reasoning_effort: "low" }],
    ["a vendor's own option", { num_ctx: 4096 }],
    ["a field that nobody knows", { from_the_future: true }],
  ])("takes in %s (defect 55)", (_what, field) => {
    expect(keyOf({ ...question, ...field })).not.toBe(keyOf(question));
  });

  it.each<[string, object]>([
    ["stream_options", { stream_options: { include_usage: true } }],
    ["user", { user: "somebody" }],
    ["safety_identifier", { safety_identifier: "hash" }],
    ["metadata", { metadata: { run: "7" } }],
    ["store, where it is off", { store: false }],
    ["prompt_cache_key", { prompt_cache_key: "conversation-7" }],
    ["service_tier", { service_tier: "flex" }],
  ])("leaves out %s, which changes no word of the answer", (_name, field) => {
    expect(keyOf({ ...question, ...field })).toBe(keyOf(question));
  });

  it.each<[string, Partial<ScheduledCall>]>([
    ["tenants", { tenant: "globex" }],
    ["requested models", { model: "n" }],
    ["a stream and a whole answer", { stream: true }],
    ["agents that write to shared context", { writesContext: true, agentId: "planner" }],
  ])("tells apart %s (defect 56)", (_what, call) => {
    expect(keyOf(question, call)).not.toBe(keyOf(question));
  });

  it("does not tell apart agents that only ask", () => {
    expect(keyOf(question, { agentId: "planner" })).toBe(keyOf(question, { agentId: "scout" }));
  });

  it("takes in headers that shape the answer, not those that name one request", () => {
    const withHeader = (name: string) =>
      keyOf({}, { requestFor: () => ({ wire: "chat", body: question, headers: { [name]: "x" } }) });
    const plain = keyOf({}, { requestFor: () => ({ wire: "chat", body: question }) });

    expect(withHeader("openai-beta")).not.toBe(plain);
    expect(withHeader("idempotency-key")).toBe(plain);
  });

  it("is computed once a call", () => {
    let asked = 0;
    const keys = createCallKeys();
    const call = givenCall({
      requestFor: () => {
        asked += 1;
        return { wire: "chat", body: question };
      },
    });

    expect(keys(call)).toBe(keys(call));
    expect(asked).toBe(1);
  });
});

describe("a call without a key", () => {
  const { temperature: _, ...sampled } = question;

  it("is one that samples and does not ask for the cache: no temperature is not temperature 0 (defect 58)", () => {
    expect(keyOf(sampled)).toBeUndefined();
    expect(keyOf({ ...sampled, temperature: 0.2 })).toBeUndefined();
    expect(keyOf({ ...sampled, temperature: null })).toBeUndefined();
  });

  it("has one with a seed, or where the call says that an earlier answer will do", () => {
    expect(keyOf({ ...sampled, seed: 7 })).toBeDefined();
    expect(keyOf(sampled, { cache: parseCacheControl("default") })).toBeDefined();
  });

  it("has none with a seed that JavaScript cannot tell from its neighbour", () => {
    expect(keyOf({ ...sampled, seed: 2 ** 53 })).toBeUndefined();
  });

  it("is one that says no-store, or wants a record at the vendor", () => {
    expect(keyOf(question, { cache: parseCacheControl("no-store") })).toBeUndefined();
    expect(keyOf({ ...question, store: true }, { cache: parseCacheControl("default") })).toBeUndefined();
  });

  it("is one that searches the web, whatever its temperature", () => {
    expect(keyOf({ ...question, web_search_options: {} })).toBeUndefined();
  });

  it("is never an embedding", () => {
    expect(keyOf({ input: "Hi" }, { wire: "embeddings" })).toBeDefined();
  });
});
