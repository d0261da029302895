/**
 * The OpenAPI 3.1 document of the routes that are served, from the schemas that requests are checked against and the
 * table of what a caller may say.
 */
import { z } from "zod";
import type { Wire } from "../../wires/wire.ts";
import { callFields } from "../call-fields.ts";
import { failureComponents, failuresOf, WAIT_HEADERS } from "./failures.ts";
import { forwardedComponents, forwardedItems } from "./forwarded.ts";
import { anthropicError, openAIError } from "./objects.ts";
import { type Operation, operations } from "./operations.ts";
import type { Json, OpenApiDocument, OperationObject } from "./shapes.ts";

/** A row of the route table, as far as the document tells of it. */
export interface DocumentedRoute {
  readonly method: string;
  readonly path: string;
  readonly takes?: "form" | "lines" | "nothing" | undefined;
  readonly wire?: Wire | undefined;
}

/** The document of `routes`, for a host that mounts us at its root. */
export function openApiDocument(routes: readonly DocumentedRoute[]): OpenApiDocument {
  const paths: Record<string, Record<string, OperationObject>> = {};
  for (const route of routes) {
    const path = route.path.replace("*", "{id}");
    const operation = operations[`${route.method} ${path}`];
    if (operation === undefined) continue;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: toOperation(route, path, operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Prompt Compiler",
      version: "1",
      description:
        "OpenAI's and Anthropic's routes over your own model deployments, with context compiled and shared. " +
        "Fields that are not described go on to the deployment as they came, and null says as much as nothing. Audio, " +
        "images and more of OpenAI's routes are forwarded as bytes.",
    },
    servers: [{ url: "/" }],
    security: [{}, { key: [] }],
    paths: { ...paths, ...forwardedItems() },
    components: {
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
      parameters: Object.fromEntries(callFields.map((field) => [field.header, toHeader(field)])),
      headers: Object.fromEntries(
        Object.entries({ ...ANSWER_HEADERS, ...WAIT_HEADERS, "request-id": "Names this request." }).map(
          ([name, what]) => [name, headerOf(what)],
        ),
      ),
      responses: failureComponents(),
      pathItems: forwardedComponents(),
      schemas: { Error: toSchema(openAIError), AnthropicError: toSchema(anthropicError) },
    },
  };
}

/** What answers to calls say in their head. */
const ANSWER_HEADERS: Readonly<Record<string, string>> = {
  "x-request-id": "Names this request.",
  "x-pc-deployment": "The deployment that answered.",
  "x-pc-served-model": "The model that the answer names.",
  "x-pc-attempts": "How many requests were made upstream.",
  "x-pc-cache": "hit, semantic, joined, miss or bypass.",
  "x-pc-overhead-ms": "Time that was not the upstream's.",
  "x-pc-cost-usd": "What the call cost, where prices are given.",
  "x-pc-dropped": "Fields that the deployment cannot be told.",
  "x-pc-changed": "Fields that it was told in other words.",
  "x-pc-tokens-before": "Of a compiled call: tokens as it came.",
  "x-pc-tokens-after": "Of a compiled call: tokens as it was sent.",
  "x-pc-context-ids": "Of a compiled call: the shared context in it.",
};

function toOperation(route: DocumentedRoute, path: string, operation: Operation): OperationObject {
  const { summary, isCall = false } = operation;
  const parameters = [
    ...(path.includes("{id}")
      ? [{ name: "id", in: "path", required: true, schema: { type: "string" } }]
      : []),
    ...(operation.query ?? []).map((name) => ({ name, in: "query", schema: { type: "string" } })),
    ...(isCall ? callFields.map(({ header }) => ({ $ref: `#/components/parameters/${header}` })) : []),
  ];
  return {
    summary,
    operationId: `${route.method} ${path}`
      .toLowerCase()
      .replaceAll(/[^a-z]+/g, "-")
      .replace(/-$/, ""),
    parameters,
    ...(operation.request && { requestBody: toBody(operation.request, route.takes, isCall) }),
    responses: { 200: toAnswer(operation), ...failuresOf(route.wire) },
  };
}

function toBody(schema: z.ZodType, takes: DocumentedRoute["takes"], isCall: boolean): Json {
  const shape = toSchema(schema);
  if (takes === "lines") return { required: true, content: { "application/jsonl": { schema: shape } } };
  const media = takes === "form" ? "multipart/form-data" : "application/json";
  const properties = isCall ? { ...(shape["properties"] as Json), pc: pcObject } : shape["properties"];
  return { required: true, content: { [media]: { schema: { ...shape, properties } } } };
}

/** What the headers say, in the body; a header wins. */
const pcObject: Json = {
  type: "object",
  description: "What the X-PC-* headers say, for clients that cannot send headers. A header wins.",
  properties: Object.fromEntries(callFields.map(({ field, expected }) => [field, { description: expected }])),
};

function toHeader({ header, field, expected }: (typeof callFields)[number]): Json {
  const description = `${expected}. As a field of the body: pc.${field}.`;
  return { name: header, in: "header", description, schema: { type: "string" } };
}

function headerOf(description: string): Json {
  return { description, schema: { type: "string" } };
}

function toAnswer({ answer, event, isCall = false }: Operation): Json {
  const names = isCall ? Object.keys(ANSWER_HEADERS) : ["x-request-id"];
  const stream = event && { "text/event-stream": { schema: { ...toSchema(event), title: "One event" } } };
  return {
    description: event ? "The answer, or its stream." : "The answer.",
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    content: answer
      ? { "application/json": { schema: toSchema(answer) }, ...stream }
      : { "application/octet-stream": {} },
  };
}

function toSchema(schema: z.ZodType): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { io: "input" });
  return json;
}
