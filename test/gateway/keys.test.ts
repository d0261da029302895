import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createKeyring, presentedKey } from "../../src/gateway/keys.ts";
import { Secret } from "../../src/secret.ts";

const keys = [
  { key: "first-key", tenant: "a" },
  { key: new Secret("second-key"), tenant: "b", models: ["gpt-*"] },
  { key: "third-key", tenant: "c" },
];

describe("createKeyring", () => {
  it("finds whose key it is, with the key's limits and without the key", () => {
    const keyring = createKeyring(keys);

    expect(keyring.find("second-key")).toEqual({ tenant: "b", models: ["gpt-*"] });
  });

  it.each(["", "first", "first-key ", "First-key", "first-keyfirst-key"])("finds nobody for %j", (key) => {
    expect(createKeyring(keys).find(key)).toBeUndefined();
  });

  describe("compares with every key (defect 82)", () => {
    afterEach(() => {
      vi.doUnmock("node:crypto");
      vi.resetModules();
    });

    it.each(["first-key", "third-key", "no such key"])("when asked for %j", async (key) => {
      const { timingSafeEqual } = await vi.importActual<typeof import("node:crypto")>("node:crypto");
      const compare = vi.fn(timingSafeEqual);
      vi.doMock("node:crypto", async (original) => ({
        ...(await original<object>()),
        timingSafeEqual: compare,
      }));
      vi.resetModules();
      const fresh = await import("../../src/gateway/keys.ts");

      fresh.createKeyring(keys).find(key);

      expect(compare).toHaveBeenCalledTimes(keys.length);
    });
  });

  it("keeps no key that could be printed (defect 80)", () => {
    const keyring = createKeyring(keys);

    expect(inspect(keyring, { depth: 9, showHidden: true })).not.toContain('key"');
    expect(JSON.stringify(keyring.find("first-key"))).not.toContain("first-key");
  });

  it("refuses the same key twice: it would be anyone's guess whose it is", () => {
    expect(() => createKeyring([...keys, { key: "first-key", tenant: "z" }])).toThrow(TypeError);
  });
});

describe("presentedKey", () => {
  it.each([
    ["a bearer token", { authorization: "Bearer k1" }, "k1"],
    ["a bearer token in another case (RFC 9110)", { authorization: "bearer k1" }, "k1"],
    ["Anthropic's header (wire 3)", { "x-api-key": "k2" }, "k2"],
    ["the bearer token of both", { authorization: "Bearer k1", "x-api-key": "k2" }, "k1"],
    ["no other scheme", { authorization: "Basic azE6" }, undefined],
    ["nothing", {}, undefined],
    ["nothing in an empty header", { "x-api-key": "" }, undefined],
  ])("takes %s", (_name, headers, expected) => {
    expect(presentedKey(headers)).toBe(expected);
  });
});
