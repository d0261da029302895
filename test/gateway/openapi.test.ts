import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { createGateway } from "../../src/gateway/gateway.ts";
import type { OpenApiDocument } from "../../src/gateway/openapi/document.ts";
import { operations } from "../../src/gateway/openapi/operations.ts";
import { callRows } from "../../src/gateway/route-table.ts";
import { codecFor } from "../../src/wires/index.ts";
import type { WireBody } from "../../src/wires/wire.ts";
import { FakeSink, fakeCompiler, requestOf, send } from "./given.ts";

const get = (path: string): Promise<FakeSink> =>
  send({ method: "GET", path, body: "" }, fakeCompiler(), { standalone: true });

const documentOf = async () => (await get("/openapi.json")).json as OpenApiDocument;

describe("the OpenAPI document", () => {
  it("is valid by the schema of OpenAPI 3.1, and every reference in it leads somewhere", async () => {
    const validator = new Validator();

    const { valid, errors } = await validator.validate({ ...(await documentOf()) });

    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe("3.1");
    expect(() => validator.resolveRefs()).not.toThrow();
  });

  it("describes every route that is served, and none besides", async () => {
    const { paths } = await documentOf();

    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    const served = callRows.map(({ method, path }) => `${method} ${path.replace("*", "{id}")}`);
    expect(described.toSorted()).toEqual(served.toSorted());
    expect(Object.keys(operations).toSorted()).toEqual(served.toSorted());
  });

  it("names every header and field that a caller may say", async () => {
    const { components, paths } = await documentOf();

    const referred = paths["/v1/embeddings"]?.["post"]?.parameters.map((each) => String(each["$ref"]));

    expect(referred).toContain("#/components/parameters/X-PC-Agent-ID");
    expect(Object.keys(components["parameters"] as object)).toHaveLength(referred?.length ?? 0);
  });

  it.each([
    ["chat", "/v1/chat/completions"],
    ["completions", "/v1/completions"],
    ["embeddings", "/v1/embeddings"],
    ["responses", "/v1/responses"],
    ["messages", "/v1/messages"],
  ] as const)(
    "has the schema that %s are checked against: its example passes, and fails without what it requires",
    async (wire, path) => {
      const { paths } = await documentOf();
      const content = paths[path]?.["post"]?.requestBody?.["content"] as Record<string, { schema: Schema }>;
      const { examples, required } = content["application/json"]!.schema;
      const { check } = codecFor(wire);

      expect(() => check(examples[0]!)).not.toThrow();
      const needed = wire === "responses" ? ["input"] : required;
      expect(needed).toHaveLength(1);
      for (const name of needed) {
        expect(() => check({ ...examples[0], [name]: undefined })).toThrow(
          expect.objectContaining({ code: "PC_INVALID_REQUEST", param: name }),
        );
      }
    },
  );

  it("says where the host mounted it, and needs no key", async () => {
    const sink = new FakeSink();
    const gateway = createGateway(fakeCompiler(), { keys: [{ key: "k", tenant: "t" }] });
    const request = { ...requestOf({ method: "GET", path: "/v1/pc/openapi.json" }), basePath: "/ai" };

    await gateway.handle(gateway.route("GET", request.path)!, request, sink);

    expect((sink.json as OpenApiDocument).servers).toEqual([{ url: "/ai" }]);
  });
});

interface Schema {
  readonly examples: readonly WireBody[];
  readonly required: readonly string[];
}

describe("the page of the document", () => {
  it("has every route on it, and loads nothing but its own stylesheet", async () => {
    const { headers, text } = await get("/docs");

    for (const name of Object.keys(operations)) expect(text).toContain(`<code>${name.split(" ")[1]}</code>`);
    expect(text).not.toMatch(/<script|style=|https?:\/\//);
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    const [, style = ""] = /stylesheet" href="([^"]+)"/.exec(text) ?? [];
    expect((await get(style)).headers["content-type"]).toMatch("text/css");
  });
});
