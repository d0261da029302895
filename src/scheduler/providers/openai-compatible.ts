import { type Clock, systemClock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import { nearestName } from "../../nearest-name.ts";
import { type Secret, toSecret } from "../../secret.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asRecord, asString, decodeText, parseRecord } from "../../wires/read.ts";
import type { Reply } from "../../wires/wire.ts";
import { reactions } from "../failure.ts";
import { checkNames } from "../options.ts";
import type { HttpResponse } from "./exchange.ts";
import type { StatusKinds } from "./failure-kind.ts";
import { createFrameReader } from "./frame-reader.ts";
import { createHttpClient } from "./http.ts";
import { type BatchApiRequest, openaiBatchApi } from "./openai-batch-api.ts";
import type { Provider, ProviderAttempt } from "./provider.ts";
import { rejectedBy, statusesOf } from "./quirks.ts";
import { readFailure } from "./read-failure.ts";
import { createSecretCheck } from "./sent-secrets.ts";

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
  const { clock = systemClock, connections } = options;
  const { origin, hostname, pathname, search, searchParams } = parseBaseURL(options.baseURL);
  const upstream = `${NAME} at ${origin}`;
  const ownHeaders = checkHeaders(options.headers ?? {});
  const apiKey = options.apiKey === undefined ? undefined : checkKey(options.apiKey);
  if (connections !== undefined && !(Number.isInteger(connections) && connections > 0)) {
    throw new RangeError(`openaiCompatible: connections must be a positive integer, got ${connections}`);
  }
  const http = createHttpClient({ provider: NAME, origin, connections, clock });
  const statuses = checkStatuses(options.statuses ?? statusesOf(hostname));
  const pathOf = (path: string): string => pathname.replace(/\/+$/, "") + path + search;

  const headersFor = (accept: string, forwarded: ProviderAttempt["headers"]): Record<string, string> => ({
    ...forwarded,
    accept,
    ...ownHeaders,
    // Revealed here and nowhere else: into the request, past every variable that could be printed.
    ...(apiKey && { authorization: `Bearer ${apiKey.reveal()}` }),
  });

  const holdsSecret = createSecretCheck({
    ...Object.fromEntries(searchParams),
    ...headersFor("", undefined),
  });

  /** @throws ProviderError for every status but success */
  const successful = async (response: HttpResponse): Promise<HttpResponse> => {
    const { status, headers } = response;
    if (holdsSecret(...Object.values(headers)))
      throw malformed(upstream, status, "a secret of ours in its headers");
    if (status < 300) return response;
    const body = await response.body.beginning();
    throw readFailure(NAME, { status, headers, body }, clock.now(), {
      relayed: !holdsSecret(body),
      statuses,
    });
  };

  const wholeBody = async ({ status, body }: HttpResponse): Promise<Uint8Array> => {
    const bytes = await body.bytes();
    if (!looksLikeObject(bytes))
      throw malformed(upstream, status, `${bytes.length} bytes that are no JSON object`);
    if (holdsSecret(bytes)) throw malformed(upstream, status, "a secret of ours in its body");
    return bytes;
  };

  if (options.batchApi !== undefined && typeof options.batchApi !== "boolean") {
    throw new TypeError(`openaiCompatible: batchApi must be true or false, got ${typeof options.batchApi}`);
  }
  const ask = async ({ path, contentType, ...request }: BatchApiRequest): Promise<HttpResponse> =>
    successful(
      await http.send({
        ...request,
        path: pathOf(path),
        headers: {
          ...headersFor("application/json", undefined),
          ...(contentType !== undefined && { "content-type": contentType }),
        },
      }),
    );

  return {
    name: NAME,
    batchApi: options.batchApi ? openaiBatchApi(ask, wholeBody) : undefined,
    wires: ["chat", "embeddings"],
    rejects: options.rejects ?? rejectedBy(hostname),

    async send({ wire, body: request, source, headers: forwarded, signal }): Promise<Reply> {
      const codec = codecFor(wire);
      const stream = codec.isStream(request);
      const accept = stream ? "text/event-stream" : "application/json";
      const response = await successful(
        await http.send({
          method: "POST",
          path: pathOf(codec.path),
          headers: { ...headersFor(accept, forwarded), "content-type": "application/json" },
          body: source ?? JSON.stringify(request),
          signal,
        }),
      );
      const { status, headers, body } = response;
      if (!stream) return { status, headers, body: await wholeBody(response) };
      if (NO_STREAM.test(headers["content-type"] ?? "")) {
        const { length } = await body.bytes();
        throw malformed(upstream, status, `${length} bytes that are no stream`);
      }
      return { status, headers, frames: body.read(createFrameReader(codec, upstream, holdsSecret)) };
    },

    async listModels(signal) {
      const headers = headersFor("application/json", undefined);
      const response = await http.send({ method: "GET", path: pathOf("/models"), headers, signal });
      const bytes = await wholeBody(await successful(response));
      return asArray(parseRecord(decodeText(bytes))?.["data"])
        .map((model) => asString(asRecord(model)?.["id"]))
        .filter((id) => id !== undefined);
    },

    close: () => http.close(),
  };
}

/** What a stream never comes as. Some servers name no type, or a wrong one; those are taken at their bytes. */
const NO_STREAM = /json|html/i;

const WHITESPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** Whether the first and the last sign are braces: tells HTML, nothing and half an object, without parsing. */
function looksLikeObject(bytes: Uint8Array): boolean {
  const isSign = (byte: number): boolean => !WHITESPACE.has(byte);
  return bytes.find(isSign) === 0x7b && bytes.findLast(isSign) === 0x7d;
}

function malformed(upstream: string, status: number, what: string): ProviderError {
  return new ProviderError("malformed-response", `${upstream} answered ${status} with ${what}`, { status });
}

function parseBaseURL(baseURL: string): URL {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    // A user's name, a query: what may be a secret is not quoted.
    const got = /[@?]/.test(baseURL) ? "another text" : JSON.stringify(baseURL);
    throw new TypeError(`openaiCompatible: baseURL must be an http or https URL, got ${got}`);
  }
  if (url.username !== "" || url.password !== "") {
    // Not quoted: it holds a password.
    throw new TypeError(`openaiCompatible: baseURL must hold no credentials, got some for ${url.host}`);
  }
  return url;
}

function checkHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (
      typeof value !== "string" ||
      !/^[\w!#$%&'*+.^`|~-]+$/.test(name) ||
      /[^\t\x20-\x7e\x80-\xff]/.test(value)
    ) {
      // The value is not quoted: it may be a key.
      throw new TypeError(
        `openaiCompatible: headers must be valid HTTP headers, ${JSON.stringify(name)} is not`,
      );
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
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

function checkKey(given: string | Secret): Secret {
  // By what it can do: a Secret may be of another copy of this package.
  if (typeof given !== "string" && typeof given?.reveal !== "function") {
    throw new TypeError(`openaiCompatible: apiKey must be a string or a Secret, got ${typeof given}`);
  }
  const key = toSecret(given);
  if (/^[\x21-\x7e]+$/.test(key.reveal())) return key;
  throw new TypeError("openaiCompatible: apiKey must be printable ASCII without spaces, and not empty");
}
