import { type Clock, systemClock } from "../../clock.ts";
import type { Secret } from "../../secret.ts";
import { editJson } from "../../wires/edit.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asRecord, asString, decodeText, parseRecord } from "../../wires/read.ts";
import type { Wire } from "../../wires/wire.ts";
import { checkNames } from "../options.ts";
import { CONNECTION_OPTIONS, type ConnectionOptions } from "./connection-options.ts";
import type { Provider } from "./provider.ts";
import { createVendorApi, type VendorApi } from "./vendor-api.ts";
import { checkVendorOptions } from "./vendor-options.ts";

export interface GeminiOptions extends ConnectionOptions {
  /** Sent in the `x-goog-api-key` header, never in an address. @defaultValue none is sent */
  readonly apiKey?: string | Secret | undefined;
  /** Where the API begins, its version included. @defaultValue "https://generativelanguage.googleapis.com/v1beta" */
  readonly baseURL?: string | undefined;
  /** Sent with every request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For a `Retry-After` that is a date. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

const NAME = "gemini";
const BASE_URL = "https://generativelanguage.googleapis.com/v1beta";

const OPTIONS = Object.keys({
  apiKey: true,
  baseURL: true,
  headers: true,
  ...CONNECTION_OPTIONS,
  clock: true,
} satisfies Record<keyof GeminiOptions, true>);

/**
 * Google's Gemini by its own API: https://ai.google.dev/api. Calls in OpenAI's words are translated. It embeds at most 100
 * texts in one request: `batch: { maxInputs: 100 }` says so to who batches.
 *
 * @throws TypeError if an option is not what it must be
 */
export function gemini(options: GeminiOptions = {}): Provider {
  checkNames("gemini", options, OPTIONS);
  const api = createVendorApi({
    name: NAME,
    vendor: checkVendorOptions("gemini", { ...options, baseURL: options.baseURL ?? BASE_URL }),
    keyHeader: (key) => ({ "x-goog-api-key": key }),
    clock: options.clock ?? systemClock,
  });

  return {
    name: NAME,
    wires: ["gemini", "gemini-embeddings"],

    async send({ wire, body, source, headers, signal }) {
      const codec = codecFor(wire);
      const stream = codec.isStream(body);
      const { model, stream: _, ...rest } = body;
      const bytes = source && editJson(source, { remove: OF_THE_ADDRESS });
      return api.post({
        path: `${pathOf(asString(model) ?? "")}:${methodOf(wire, stream)}`,
        body: bytes ?? JSON.stringify(rest),
        codec,
        stream,
        headers,
        signal,
      });
    },

    listModels: (signal) => listModels(api, signal),
    close: () => api.close(),
  };
}

/** Fields of the wire that the API has in its address. */
const OF_THE_ADDRESS = ["model", "stream"];

/** A model by its name, or by the path that Google names it by: "models/…", "tunedModels/…". */
function pathOf(model: string): string {
  const path = model.includes("/") ? model : `models/${model}`;
  return path.split("/").reduce((whole, part) => `${whole}/${encodeURIComponent(part)}`, "");
}

function methodOf(wire: Wire, stream: boolean): string {
  if (wire === "gemini-embeddings") return "batchEmbedContents";
  return stream ? "streamGenerateContent?alt=sse" : "generateContent";
}

/** More pages than any list of models has: a server that never comes to an end must not keep us. */
const MOST_PAGES = 50;

/** Names without "models/", as they are asked for. */
async function listModels({ ask, wholeBody }: VendorApi, signal: AbortSignal): Promise<readonly string[]> {
  const names: string[] = [];
  let token = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const from = token === "" ? "" : `&pageToken=${encodeURIComponent(token)}`;
    const answer = await wholeBody(
      await ask({ method: "GET", path: `/models?pageSize=1000${from}`, signal }),
    );
    const { models, nextPageToken } = parseRecord(decodeText(answer)) ?? {};
    const named = asArray(models).map((model) => asString(asRecord(model)?.["name"]));
    names.push(...named.filter((name) => name !== undefined).map((name) => name.replace(/^models\//, "")));
    token = asString(nextPageToken) ?? "";
    if (token === "") break;
  }
  return names;
}
