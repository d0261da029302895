import { type Clock, systemClock } from "../../clock.ts";
import { nearestName } from "../../nearest-name.ts";
import type { Secret } from "../../secret.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asRecord, asString, decodeText, parseRecord } from "../../wires/read.ts";
import { reactions } from "../failure.ts";
import { checkNames } from "../options.ts";
import type { StatusKinds } from "./failure-kind.ts";
import { openaiBatchApi } from "./openai-batch-api.ts";
import type { Provider } from "./provider.ts";
import { rejectedBy, statusesOf } from "./quirks.ts";
import { createVendorApi } from "./vendor-api.ts";
import { checkVendorOptions } from "./vendor-options.ts";

export interface OpenAICompatibleOptions {
  /** Where the API begins, e.g. "https://api.openai.com/v1". A query in it is sent with every request. */
  readonly baseURL: string;
  /** Sent as bearer token. @defaultValue none is sent */
  readonly apiKey?: string | Secret | undefined;
  /** Sent with every request, e.g. `{ "openai-organization": "org-…" }`. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
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
  /** The most connections; above it attempts wait. @defaultValue no limit */
  readonly connections?: number | undefined;
  /** For a `Retry-After` that is a date. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

const NAME = "openai-compatible";

const OPTIONS = Object.keys({
  baseURL: true,
  apiKey: true,
  headers: true,
  rejects: true,
  statuses: true,
  batchApi: true,
  connections: true,
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
  const { hostname } = vendor.baseURL;
  if (options.batchApi !== undefined && typeof options.batchApi !== "boolean") {
    throw new TypeError(`openaiCompatible: batchApi must be true or false, got ${typeof options.batchApi}`);
  }
  const api = createVendorApi({
    name: NAME,
    vendor,
    keyHeader: (key) => ({ authorization: `Bearer ${key}` }),
    statuses: checkStatuses(options.statuses ?? statusesOf(hostname)),
    clock: options.clock ?? systemClock,
  });

  return {
    name: NAME,
    batchApi: options.batchApi ? openaiBatchApi(api) : undefined,
    wires: ["chat", "embeddings"],
    rejects: options.rejects ?? rejectedBy(hostname),

    async send({ wire, body, source, headers, signal }) {
      const codec = codecFor(wire);
      return api.post({
        path: codec.path,
        body: source ?? JSON.stringify(body),
        codec,
        stream: codec.isStream(body),
        headers,
        signal,
      });
    },

    async listModels(signal) {
      const answer = await api.wholeBody(await api.ask({ method: "GET", path: "/models", signal }));
      return asArray(parseRecord(decodeText(answer))?.["data"])
        .map((model) => asString(asRecord(model)?.["id"]))
        .filter((id) => id !== undefined);
    },

    close: () => api.close(),
  };
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
