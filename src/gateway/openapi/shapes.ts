/** The shapes of an OpenAPI document, as far as somebody here looks inside. */

/** Any object of it. */
export type Json = Readonly<Record<string, unknown>>;

/** An OpenAPI document, as far as the page that shows it looks inside. */
export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly Json[];
  readonly security: readonly Json[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: Json;
}

/** Operations by method; or, of what is forwarded, a reference to what all such paths have in common. */
export type PathItem = Readonly<Record<string, OperationObject>> | { readonly $ref: string };

export interface OperationObject {
  readonly summary: string;
  readonly operationId: string;
  readonly parameters: readonly (Json & { readonly name?: string })[];
  readonly requestBody?: Json;
  readonly responses: Readonly<Record<string, Json>>;
}
