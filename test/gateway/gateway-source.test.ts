import { afterEach, describe, expect, it, vi } from "vitest";
import { gatewayFor, type MiddlewareOptions } from "../../src/gateway/gateway-source.ts";
import type { PromptCompiler } from "../../src/prompt-compiler.ts";
import { FakeSink, fakeCompiler, requestOf } from "./given.ts";

/** The status that a chat call from this machine gets. */
async function statusFrom(given: PromptCompiler | MiddlewareOptions): Promise<number | undefined> {
  const gateway = await gatewayFor(given, "pcMiddleware")();
  const request = requestOf();
  const route = gateway.route(request.method, request.path);
  const sink = new FakeSink();
  await gateway.handle(route!, request, sink);
  return sink.status;
}

afterEach(() => vi.unstubAllEnvs());

describe("gatewayFor", () => {
  it("serves this machine with a compiler alone, or one among options", async () => {
    vi.stubEnv("NODE_ENV", "test");

    expect(await statusFrom(fakeCompiler())).toBe(200);
    expect(await statusFrom({ compiler: fakeCompiler() })).toBe(200);
  });

  it.each([
    ["options", "x", 'pcMiddleware: options must be a compiler or an object, got "x"'],
    ["options", [], "pcMiddleware: options must be a compiler or an object, got an array"],
    [
      "a promise",
      Promise.resolve(fakeCompiler()),
      "pcMiddleware: options must be a compiler or an object, got an object",
    ],
    [
      "a compiler",
      { compiler: {} },
      "pcMiddleware: compiler must be a compiler, e.g. createPromptCompiler(), got an object",
    ],
  ])("refuses what is no %s, at once", (_what, given, message) => {
    expect(() => gatewayFor(given as never, "pcMiddleware")).toThrow(new TypeError(message));
  });

  it("refuses every call in production where nothing says who may call, however the compiler was given", async () => {
    vi.stubEnv("NODE_ENV", "production");

    expect(await statusFrom(fakeCompiler())).toBe(401);
    expect(await statusFrom({ compiler: fakeCompiler() })).toBe(401);
    expect(await statusFrom({ compiler: fakeCompiler(), access: "open" })).toBe(200);
  });
});
