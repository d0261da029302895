import { type Clock, systemClock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import { editRequest } from "../../wires/edit.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asCount, asRecord, asString, decodeText, parseRecord } from "../../wires/read.ts";
import { checkNames } from "../options.ts";
import { CONNECTION_OPTIONS, type ConnectionOptions } from "./connection-options.ts";
import type { Provider, ProviderAttempt } from "./provider.ts";
import { createVendorApi } from "./vendor-api.ts";
import { checkVendorOptions } from "./vendor-options.ts";

export interface AnthropicOptions extends ConnectionOptions {
  /** Sent as `x-api-key`. @defaultValue none is sent */
  readonly apiKey?: string | Secret | undefined;
  /** What stands before `/v1/messages`. @defaultValue "https://api.anthropic.com" */
  readonly baseURL?: string | undefined;
  /** Sent with every request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The API's version, where the caller's own client does not say one. @defaultValue "2023-06-01" */
  readonly version?: string | undefined;
  /** Beta features that every request asks for, beside those of the caller. @defaultValue none */
  readonly betas?: readonly string[] | undefined;
  /** Parameters that the models behind this provider reject, e.g. `["temperature"]`. @defaultValue none */
  readonly rejects?: readonly string[] | undefined;
  /** For a `Retry-After` that is a date. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

const NAME = "anthropic";
const VERSION = "anthropic-version";
const BETA = "anthropic-beta";

const defaults = { baseURL: "https://api.anthropic.com", version: "2023-06-01" } as const;

const OPTIONS = Object.keys({
  apiKey: true,
  baseURL: true,
  headers: true,
  version: true,
  betas: true,
  rejects: true,
  ...CONNECTION_OPTIONS,
  clock: true,
} satisfies Record<keyof AnthropicOptions, true>);

/**
 * Anthropic, and whoever speaks its messages: https://platform.claude.com/docs/en/api/overview
 *
 * @throws TypeError if an option is not what it must be
 */
export function anthropic(options: AnthropicOptions): Provider {
  checkNames("anthropic", options, OPTIONS);
  const { baseURL = defaults.baseURL, version = defaults.version, betas = [] } = options;
  const vendor = checkVendorOptions("anthropic", { ...options, baseURL });
  const api = createVendorApi({
    name: NAME,
    vendor,
    keyHeader: (key) => ({ "x-api-key": key }),
    clock: options.clock ?? systemClock,
  });
  const headersFor = (forwarded: ProviderAttempt["headers"]): Record<string, string> => {
    const asked = [...betas, ...(forwarded?.[BETA]?.split(",") ?? [])].map((beta) => beta.trim());
    return {
      [VERSION]: version,
      ...forwarded,
      ...(asked.length > 0 && { [BETA]: [...new Set(asked)].join(",") }),
    };
  };

  return {
    name: NAME,
    wires: ["messages"],
    rejects: options.rejects ?? [],

    async send({ wire, body, source, headers, query, signal }) {
      const codec = codecFor(wire);
      return api.post({
        path: withQuery(codec.path, query),
        body: source ?? JSON.stringify(body),
        codec,
        stream: codec.isStream(body),
        headers: headersFor(headers),
        signal,
      });
    },

    async countTokens({ headers, query, signal, ...asked }) {
      const { wire, body, source } = editRequest(asked, { remove: OF_THE_ANSWER });
      const response = await api.ask({
        method: "POST",
        path: withQuery(`${codecFor(wire).path}/count_tokens`, query),
        contentType: "application/json",
        headers: headersFor(headers),
        body: source ?? JSON.stringify(body),
        signal,
      });
      const tokens = asCount(parseRecord(decodeText(await api.wholeBody(response)))?.["input_tokens"]);
      if (tokens !== undefined) return tokens;
      throw new ProviderError("malformed-response", `${NAME} counted tokens and told no number`);
    },

    async listModels(signal) {
      const ids: string[] = [];
      let after = "";
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const path = `/v1/models?limit=1000${after}`;
        const response = await api.ask({ method: "GET", path, headers: headersFor(undefined), signal });
        const { data, has_more, last_id } = parseRecord(decodeText(await api.wholeBody(response))) ?? {};
        const listed = asArray(data).map((model) => asString(asRecord(model)?.["id"]));
        ids.push(...listed.filter((id) => id !== undefined));
        if (has_more !== true || typeof last_id !== "string") break;
        after = `&after_id=${encodeURIComponent(last_id)}`;
      }
      return ids;
    },

    close: () => api.close(),
  };
}

/** Fields of a message that say nothing of what is read: who counts refuses them. */
const OF_THE_ANSWER = [
  ...["max_tokens", "stream", "stop_sequences", "temperature", "top_p", "top_k"],
  ...["metadata", "service_tier", "container", "inference_geo", "diagnostics"],
];

function withQuery(path: string, query: string | undefined): string {
  return query === undefined ? path : `${path}?${query}`;
}

/** An upstream that always has more is not asked for ever. */
const MOST_PAGES = 20;
