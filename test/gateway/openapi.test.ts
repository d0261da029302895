import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { forwardedPaths } from "../../src/gateway/forwarded-paths.ts";
import { createGateway } from "../../src/gateway/gateway.ts";
import { anthropicError, openAIError } from "../../src/gateway/openapi/objects.ts";
import { operations } from "../../src/gateway/openapi/operations.ts";
import type { OpenApiDocument, OperationObject } from "../../src/gateway/openapi/shapes.ts";
import { callRows } from "../../src/gateway/route-table.ts";
import { codecFor } from "../../src/wires/index.ts";
import type { WireBody } from "../../src/wires/wire.ts";
import { FakeSink, fakeCompiler, requestOf, send } from "./given.ts";

const get = (path: string): Promise<FakeSink> =>
  send({ method: "GET", path, body: "" }, fakeCompiler(), { standalone: true });

const operationOf = ({ paths }: OpenApiDocument, path: string, method = "post"): OperationObject =>
  (paths[path] as Readonly<Record<string, OperationObject>>)[method]!;

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

    const described = Object.entries(paths).flatMap(([path, item]) =>
      "$ref" in item ? [] : Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );

    const served = callRows.map(({ method, path }) => `${method} ${path.replace("*", "{id}")}`);
    expect(described.toSorted()).toEqual(served.toSorted());
    expect(Object.keys(operations).toSorted()).toEqual(served.toSorted());
  });

  it("lists what is forwarded", async () => {
    const { paths } = await documentOf();

    const forwarded = Object.keys(paths).filter((path) => "$ref" in paths[path]!);

    expect(forwarded).toEqual(forwardedPaths.flatMap(({ path }) => [path, `${path}/{path}`]));
  });

  it.each([
    ["/v1/chat/completions", openAIError, "x-request-id"],
    ["/v1/messages", anthropicError, "request-id"],
  ] as const)(
    "tells each failure of %s by its status, in the words of its wire",
    async (path, schema, requestId) => {
      const document = await documentOf();
      const all = document.components["responses"] as Record<string, Failure>;

      const { 200: _, ...failures } = operationOf(document, path).responses;

      const statuses = [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504];
      expect(Object.keys(failures)).toEqual(statuses.map(String));
      for (const { $ref } of Object.values(failures)) {
        const { content, headers } = all[String($ref).split("/").at(-1)!]!;
        expect(() => schema.parse(content["application/json"].example)).not.toThrow();
        expect(headers).toHaveProperty(requestId);
      }
      const { $ref } = failures["429"]!;
      expect(all[String($ref).split("/").at(-1)!]!.headers).toHaveProperty("retry-after");
    },
  );

  it.each(Object.entries(operations))(
    "shows an answer of %s that fits its schema",
    (_name, { answer, event }) => {
      for (const schema of [answer, event].filter((each) => each !== undefined)) {
        const examples = schema.meta()?.["examples"] as readonly unknown[] | undefined;

        expect(schema.safeParse(examples?.[0]).error).toBeUndefined();
      }
    },
  );

  it("names every header and field that a caller may say", async () => {
    const document = await documentOf();

    const referred = operationOf(document, "/v1/embeddings").parameters.map((each) => String(each["$ref"]));

    expect(referred).toContain("#/components/parameters/X-PC-Agent-ID");
    expect(Object.keys(document.components["parameters"] as object)).toHaveLength(referred.length);
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
      const { requestBody } = operationOf(await documentOf(), path);
      const content = requestBody?.["content"] as Record<string, { schema: Schema }>;
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

interface Failure {
  readonly content: { readonly "application/json": { readonly example: unknown } };
  readonly headers: object;
}

interface Schema {
  readonly examples: readonly WireBody[];
  readonly required: readonly string[];
}

describe("the page of the document", () => {
  it("has every route on it, and loads nothing but its own stylesheet", async () => {
    const { headers, text } = await get("/docs");

    for (const name of Object.keys(operations)) expect(text).toContain(`<code>${name.split(" ")[1]}</code>`);
    for (const { path } of forwardedPaths) expect(text).toContain(`<code>${path}</code>`);
    expect(text).not.toMatch(/<script|style=|https?:\/\//);
    expect(headers["content-security-policy"]).toContain("default-src 'self'");
    const [, style = ""] = /stylesheet" href="([^"]+)"/.exec(text) ?? [];
    expect((await get(style)).headers["content-type"]).toMatch("text/css");
  });
});
