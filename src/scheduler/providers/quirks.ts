import type { ChatDialect } from "../../wires/chat/dialect/dialect.ts";
import type { Wire } from "../../wires/wire.ts";
import type { StatusKinds } from "./failure-kind.ts";

/** What is particular about one vendor; what is left out is as OpenAI's wires have it. */
export interface Quirks {
  /** By which the vendor is known; their subdomains are meant too. A server of one's own has none. */
  readonly hosts?: readonly string[];
  /** @defaultValue chat and embeddings */
  readonly wires?: readonly Wire[];
  /** Parameters answered with 400 or 422, whatever the model. */
  readonly rejects?: readonly string[];
  readonly statuses?: StatusKinds;
  /** The header that carries the key. @defaultValue authorization */
  readonly keyHeader?: "api-key";
  /** The model is in the path, behind the deployment's name, and the API's version in the query. */
  readonly deploymentPaths?: { readonly apiVersion: string };
  /** Inputs that one request for embeddings may have. @defaultValue unknown */
  readonly mostInputs?: number;
  readonly chat?: ChatDialect;
  /** Where it is written. */
  readonly source: string;
}
