/** The paths that are forwarded as bytes: of all of them the same is to be said. */
import { forwardedPaths } from "../forwarded-paths.ts";
import { failuresOf } from "./failures.ts";
import type { OperationObject, PathItem } from "./shapes.ts";

const ITSELF = "Forwarded";
const BELOW = "ForwardedBelow";

/** Each path, and what is below it. */
export function forwardedItems(): Readonly<Record<string, PathItem>> {
  return Object.fromEntries(
    forwardedPaths.flatMap(({ path }) => [
      [path, { $ref: `#/components/pathItems/${ITSELF}` }],
      [`${path}/{path}`, { $ref: `#/components/pathItems/${BELOW}` }],
    ]),
  );
}

/** What they refer to. */
export function forwardedComponents(): Readonly<Record<string, Readonly<Record<string, OperationObject>>>> {
  const below = { name: "path", in: "path", required: true, schema: { type: "string" } };
  return { [ITSELF]: operationsWith(ITSELF, []), [BELOW]: operationsWith(BELOW, [below]) };
}

function operationsWith(
  name: string,
  parameters: OperationObject["parameters"],
): Readonly<Record<string, OperationObject>> {
  return Object.fromEntries(
    ["get", "post", "delete"].map((method) => [
      method,
      {
        summary: "Forwarded to the deployment of the model, or to the default one",
        operationId: `${method}-${name}`,
        parameters,
        ...(method === "post" && { requestBody: { content: BYTES } }),
        responses: { 200: { description: "The vendor's answer.", content: BYTES }, ...failuresOf(undefined) },
      },
    ]),
  );
}

const BYTES = { "*/*": {} };
