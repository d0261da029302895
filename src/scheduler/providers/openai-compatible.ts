import { type Clock, systemClock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import { type Secret, toSecret } from "../../secret.ts";
import { codecFor } from "../../wires/index.ts";
import { asArray, asRecord, asString, decodeText, parseRecord } from "../../wires/read.ts";
import type { Reply } from "../../wires/wire.ts";
import type { HttpResponse } from "./exchange.ts";
import { createFrameReader } from "./frame-reader.ts";
import { createHttpClient } from "./http.ts";
import type { Provider, ProviderAttempt } from "./provider.ts";
import { rejectedBy } from "./quirks.ts";
import { readFailure } from "./read-failure.ts";

export interface OpenAICompatibleOptions {
  /** Where the API begins, e.g. "https://api.openai.com/v1". A query in it is sent with every request. */
  readonly baseURL: string;
  /** Sent as bearer token. @defaultValue none is sent */
  readonly apiKey?: string | Secret | undefined;
  /** Sent with every request, e.g. `{ "openai-organization": "org-…" }`. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Parameters the vendor rejects. @defaultValue what is known of the vendor at this host */
  readonly rejects?: readonly string[] | undefined;
  /** The most connections; above it attempts wait. @defaultValue no limit */
  readonly connections?: number | undefined;
  /** For a `Retry-After` that is a date. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

const NAME = "openai-compatible";

/**
 * A vendor that speaks OpenAI's wire: OpenAI, Groq, Mistral, vLLM, llama.cpp, Ollama, LM Studio and many more.
 *
 * @throws TypeError if an option is not what it must be
 */
export function openaiCompatible(options: OpenAICompatibleOptions): Provider {
  const { clock = systemClock, connections } = options;
  const { origin, hostname, pathname, search } = parseBaseURL(options.baseURL);
  const upstream = `${NAME} at ${origin}`;
  const ownHeaders = checkHeaders(options.headers ?? {});
  const apiKey = options.apiKey === undefined ? undefined : checkKey(toSecret(options.apiKey));
  if (connections !== undefined && !(Number.isInteger(connections) && connections > 0)) {
    throw new RangeError(`openaiCompatible: connections must be a positive integer, got ${connections}`);
  }
  const http = createHttpClient({ provider: NAME, origin, connections, clock });
  const pathOf = (path: string): string => pathname.replace(/\/+$/, "") + path + search;

  const headersFor = (accept: string, forwarded: ProviderAttempt["headers"]): Record<string, string> => ({
    ...forwarded,
    accept,
    ...ownHeaders,
    // Revealed here and nowhere else: into the request, past every variable that could be printed.
    ...(apiKey && { authorization: `Bearer ${apiKey.reveal()}` }),
  });

  /** @throws ProviderError for every status but success */
  const successful = async (response: HttpResponse): Promise<HttpResponse> => {
    const { status, headers, body } = response;
    if (status < 300) return response;
    throw readFailure(NAME, { status, headers, body: await body.bytes() }, clock.now());
  };

  return {
    name: NAME,
    wires: ["chat", "embeddings"],
    rejects: options.rejects ?? rejectedBy(hostname),

    async send({ wire, body: request, source, headers: forwarded, signal }): Promise<Reply> {
      const codec = codecFor(wire);
      const stream = codec.isStream(request);
      const accept = stream ? "text/event-stream" : "application/json";
      const { status, headers, body } = await successful(
        await http.send({
          method: "POST",
          path: pathOf(codec.path),
          headers: { ...headersFor(accept, forwarded), "content-type": "application/json" },
          body: source ?? JSON.stringify(request),
          signal,
        }),
      );
      const type = headers["content-type"] ?? "";
      if (stream && !NO_STREAM.test(type)) {
        return { status, headers, frames: body.read(createFrameReader(codec, upstream)) };
      }
      const bytes = await body.bytes();
      if (stream) throw malformed(upstream, status, bytes, "a stream");
      if (!looksLikeObject(bytes)) throw malformed(upstream, status, bytes, "a JSON object");
      return { status, headers, body: bytes };
    },

    async listModels(signal) {
      const headers = headersFor("application/json", undefined);
      const response = await http.send({ method: "GET", path: pathOf("/models"), headers, signal });
      const { status, body } = await successful(response);
      const bytes = await body.bytes();
      const answer = parseRecord(decodeText(bytes));
      if (answer === undefined) throw malformed(upstream, status, bytes, "a JSON object");
      return asArray(answer.data)
        .map((model) => asString(asRecord(model)?.id))
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

function malformed(upstream: string, status: number, bytes: Uint8Array, wanted: string): ProviderError {
  const message = `${upstream} answered ${status} with ${bytes.length} bytes where ${wanted} was expected`;
  return new ProviderError("malformed-response", message, { status });
}

function parseBaseURL(baseURL: string): URL {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `openaiCompatible: baseURL must be an http or https URL, got ${JSON.stringify(baseURL)}`,
    );
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

function checkKey(key: Secret): Secret {
  if (/^[\x21-\x7e]+$/.test(key.reveal())) return key;
  throw new TypeError("openaiCompatible: apiKey must be printable ASCII without spaces, and not empty");
}
