/**
 * OpenAI's own description of its API, to check answers against: `PC_OPENAI_SPEC` names the file, openapi.json as OpenAI
 * publishes it (https://github.com/openai/openai-openapi).
 */
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** Checks values against one schema of the document. */
export type SchemaCheck = (value: unknown) => readonly string[];

/** @returns what finds the violations of a schema, by its name in the document */
export function openAISchemas(path: string): (name: string) => SchemaCheck {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  formats.default(ajv);
  ajv.addFormat("unixtime", true);
  ajv.addSchema(JSON.parse(readFileSync(path, "utf8"), toNewer), "openai");
  return (name) => {
    const validate = ajv.getSchema(`openai#/components/schemas/${name}`);
    if (validate === undefined) throw new Error(`${path} has no schema ${name}`);
    return (value) => {
      validate(value);
      return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    };
  };
}

/** The document says "nullable" here and there, as older ones did, which newer ones do not know. */
function toNewer(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("nullable" in value)) return value;
  const { nullable, ...schema } = value;
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}
