import { type Clock, systemClock } from "../../clock.ts";
import { nearestName } from "../../nearest-name.ts";
import type { Secret } from "../../secret.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asRecord, asString, decodeText, parseRecord } from "../../wires/read.ts";
import { WIRES, type Wire } from "../../wires/wire.ts";
import { reactions } from "../failure.ts";
import { checkNames } from "../options.ts";
import { CONNECTION_OPTIONS, type ConnectionOptions } from "./connection-options.ts";
import type { StatusKinds } from "./failure-kind.ts";
import { openaiBatchApi } from "./openai-batch-api.ts";
import type { Provider } from "./provider.ts";
import type { Quirks } from "./quirks.ts";
import { createVendorApi } from "./vendor-api.ts";
import { checkVendorOptions } from "./vendor-options.ts";
import { findVendor, VENDORS, type Vendor } from "./vendors.ts";

export interface OpenAICompatibleOptions extends ConnectionOptions {
  /** Where the API begins, e.g. "https://api.openai.com/v1". A query in it is sent with every request. */
  readonly baseURL: string;
  /** Sent as bearer token. @defaultValue none is sent */
  readonly apiKey?: string | Secret | undefined;
  /** Sent with every request, e.g. `{ "openai-organization": "org-…" }`. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Whose server it is, e.g. "vllm": what is known of that vendor holds, other parameter names, what is rejected, what its
   * answers leave out. @defaultValue the vendor at this host, if it is a known one; else nothing is changed for it
   */
  readonly vendor?: Vendor | undefined;
  /**
   * The wires it speaks, the best first; calls of others are translated to these.
   *
   * @defaultValue what is known of the vendor; else chat and embeddings
   */
  readonly wires?: readonly Wire[] | undefined;
  /**
   * The version of Azure's API, where `baseURL` is the resource's own and deployments are in the path.
   *
   * @defaultValue the last one that is generally available: 2024-10-21
   */
  readonly apiVersion?: string | undefined;
  /** Parameters the vendor rejects. @defaultValue what is known of the vendor at this host */
  readonly rejects?: readonly string[] | undefined;
  /**
   * What statuses of the vendor mean, where that is not what they mean elsewhere, e.g. `{ 404: "conflict" }` for an
   * aggregator whose routes come and go. @defaultValue what is known of the vendor at this host
   */
  readonly statuses?: StatusKinds | undefined;
  /**
   * Batches whose every line goes to one deployment of this provider go through the vendor's own `/files` and `/batches`,
   * which cost less and take longer. @defaultValue false
   */
  readonly batchApi?: boolean | undefined;
  /** For a `Retry-After` that is a date. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

const NAME = "openai-compatible";

const OPTIONS = Object.keys({
  baseURL: true,
  apiKey: true,
  headers: true,
  vendor: true,
  wires: true,
  apiVersion: true,
  rejects: true,
  statuses: true,
  batchApi: true,
  ...CONNECTION_OPTIONS,
  clock: true,
} satisfies Record<keyof OpenAICompatibleOptions, true>);

/**
 * A vendor that speaks OpenAI's wire: OpenAI, Groq, Mistral, vLLM, llama.cpp, Ollama, LM Studio and many more.
 *
 * @throws TypeError if an option is not what it must be
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Provider {
  checkNames("openaiCompatible", options, OPTIONS);
  const vendor = checkVendorOptions("openaiCompatible", options);
  const known = findVendor(checkVendor(options.vendor), vendor.baseURL.hostname);
  const quirks = known?.quirks;
  if (options.batchApi !== undefined && typeof options.batchApi !== "boolean") {
    throw new TypeError(`openaiCompatible: batchApi must be true or false, got ${typeof options.batchApi}`);
  }
  const api = createVendorApi({
    name: NAME,
    vendor,
    keyHeader: (key) =>
      quirks?.keyHeader ? { [quirks.keyHeader]: key } : { authorization: `Bearer ${key}` },
    statuses: checkStatuses(options.statuses ?? quirks?.statuses ?? {}),
    clock: options.clock ?? systemClock,
  });

  const paths = pathsOf(vendor.baseURL, quirks, options.apiVersion);

  return {
    name: NAME,
    batchApi: options.batchApi ? openaiBatchApi(api) : undefined,
    wires: checkWires(options.wires ?? quirks?.wires ?? ["chat", "embeddings"]),
    rejects: options.rejects ?? quirks?.rejects ?? [],
    dialect: known && { vendor: known.vendor, chat: known.quirks.chat },
    mostInputs: quirks?.mostInputs,

    async send({ wire, body, source, headers, signal }) {
      const codec = codecFor(wire);
      return api.post({
        path: paths.of(codec.path, asString(body["model"])),
        body: source ?? JSON.stringify(body),
        codec,
        stream: codec.isStream(body),
        headers,
        signal,
      });
    },

    forward: ({ path, model, ...request }) => api.forward({ ...request, path: paths.of(path, model) }),

    async listModels(signal) {
      const answer = await api.wholeBody(await api.ask({ method: "GET", path: paths.models, signal }));
      return asArray(parseRecord(decodeText(answer))?.["data"])
        .map((model) => asString(asRecord(model)?.["id"]))
        .filter((id) => id !== undefined);
    },

    close: () => api.close(),
  };
}

/** Where the API takes requests, behind the base URL. */
interface Paths {
  readonly models: string;
  /** @param model - `undefined`: the request names none */
  of(path: string, model: string | undefined): string;
}

/** Azure names the deployment in the path, but for its newer "/openai/v1" and where the base URL names it already. */
function pathsOf({ pathname, searchParams }: URL, quirks: Quirks | undefined, version?: string): Paths {
  const { deploymentPaths } = quirks ?? {};
  if (deploymentPaths === undefined || /\/(?:v1|deployments)(?:\/|$)/.test(pathname)) {
    return { models: "/models", of: (path) => path };
  }
  const root = pathname.replace(/\/+$/, "").endsWith("/openai") ? "" : "/openai";
  const { apiVersion } = { ...deploymentPaths, ...(version !== undefined && { apiVersion: version }) };
  const query = searchParams.has("api-version") ? "" : `?api-version=${encodeURIComponent(apiVersion)}`;
  return {
    models: `${root}/models${query}`,
    of: (path, model) => {
      const place = model === undefined ? "" : `/deployments/${encodeURIComponent(model)}`;
      return `${root}${place}${path}${path.includes("?") ? query.replace("?", "&") : query}`;
    },
  };
}

function checkVendor(vendor: Vendor | undefined): Vendor | undefined {
  if (vendor === undefined || VENDORS.includes(vendor)) return vendor;
  const meant = nearestName(String(vendor), VENDORS);
  throw new TypeError(
    `openaiCompatible: vendor must be one of ${VENDORS.join(", ")}, got ${JSON.stringify(vendor)}${meant ? `, did you mean "${meant}"?` : ""}`,
  );
}

function checkWires(wires: readonly Wire[]): readonly Wire[] {
  const unknown = Array.isArray(wires) ? wires.find((wire) => !WIRES.includes(wire)) : wires;
  if (unknown === undefined && wires.length > 0) return wires;
  const meant = unknown === undefined ? undefined : nearestName(String(unknown), WIRES);
  throw new TypeError(
    `openaiCompatible: wires must be some of ${WIRES.join(", ")}, got ${JSON.stringify(unknown ?? wires)}${meant ? `, did you mean "${meant}"?` : ""}`,
  );
}

function checkStatuses(statuses: StatusKinds): StatusKinds {
  for (const [status, kind] of Object.entries(statuses)) {
    if (/^[45]\d\d$/.test(status) && Object.hasOwn(reactions, kind)) continue;
    const meant = nearestName(String(kind), Object.keys(reactions));
    throw new TypeError(
      `openaiCompatible: statuses must name the kind of a status of 400 to 599, got ${status}: ${JSON.stringify(kind)}${meant ? `, did you mean "${meant}"?` : ""}`,
    );
  }
  return statuses;
}
