/**
 * One vendor's API over HTTP: what all providers that speak to one have in common. A provider says where a request goes and
 * what is in it; here it gets its headers, and its answer is held against what an answer must be:
 *
 *     400 and above                   the failure that the vendor reports, with its answer in it
 *     3xx, no JSON object, no stream  "malformed-response"
 *     a secret of ours in it          "malformed-response", and nothing of it goes on (defect 80)
 */
import type { Clock } from "../../clock.ts";
import { ProviderError } from "../../errors.ts";
import type { Reply, WireCodec } from "../../wires/wire.ts";
import { createChunkReader } from "./chunk-reader.ts";
import type { HttpResponse } from "./exchange.ts";
import type { StatusKinds } from "./failure-kind.ts";
import { createFrameReader } from "./frame-reader.ts";
import { createHttpClient } from "./http.ts";
import type { ForwardedReply, ForwardedRequest } from "./provider.ts";
import { readFailure } from "./read-failure.ts";
import { createSecretCheck } from "./sent-secrets.ts";
import type { CheckedVendorOptions } from "./vendor-options.ts";

/** A request of any kind; its path is behind the base URL. */
export interface VendorRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly contentType?: string | undefined;
  /** The provider's own win. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
}

/** A request for an answer of a wire. */
interface WireCall {
  /** Behind the base URL, with its query if it has one: "/chat/completions". */
  readonly path: string;
  readonly body: Uint8Array | string;
  /** Of the wire that is spoken. */
  readonly codec: WireCodec;
  /** Whether frames are to come. */
  readonly stream: boolean;
  /** Headers of the caller; the provider's own win. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
}

export interface VendorApi {
  /** Asks in a wire. @throws ProviderError for every answer that is not what was asked for; `signal.reason` */
  post(call: WireCall): Promise<Reply>;
  /** Asks for anything else. @throws ProviderError for every status but success; `signal.reason` */
  ask(request: VendorRequest): Promise<HttpResponse>;
  /** Asks for what nobody here reads, and gives every byte of it. @throws ProviderError as `ask` does; in the middle, too */
  forward(request: Omit<ForwardedRequest, "model">): Promise<ForwardedReply>;
  /** Reads an answer that has to be a JSON object. @throws ProviderError if it is none */
  wholeBody(response: HttpResponse): Promise<Uint8Array>;
  /** Waits for what is under way, then closes the connections. */
  close(): Promise<void>;
}

interface VendorApiOptions {
  /** Names the provider, in messages. */
  readonly name: string;
  readonly vendor: CheckedVendorOptions;
  /** The header that carries the key. */
  readonly keyHeader: (key: string) => Readonly<Record<string, string>>;
  /** What statuses mean at this vendor, where that is not what they mean elsewhere. @defaultValue none */
  readonly statuses?: StatusKinds | undefined;
  readonly clock: Clock;
}

/** Makes the API of one vendor. Nothing is connected before the first request. */
export function createVendorApi({ name, vendor, keyHeader, statuses, clock }: VendorApiOptions): VendorApi {
  const { baseURL, apiKey, headers: ownHeaders, connection } = vendor;
  const { origin, pathname, search, searchParams } = baseURL;
  const upstream = `${name} at ${origin}`;
  const http = createHttpClient({ provider: name, origin, ...connection, clock });
  const root = pathname.replace(/\/+$/, "");

  const pathOf = (path: string): string =>
    root + path + (path.includes("?") ? search.replace("?", "&") : search);

  const headersFor = (accept: string, forwarded: WireCall["headers"]): Record<string, string> => ({
    ...forwarded,
    accept,
    ...ownHeaders,
    // Revealed here and nowhere else: into the request, past every variable that could be printed.
    ...(apiKey && keyHeader(apiKey.reveal())),
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
    throw readFailure(name, { status, headers, body }, clock.now(), {
      relayed: !holdsSecret(body),
      ...(statuses && { statuses }),
    });
  };

  const wholeBody = async ({ status, body }: HttpResponse): Promise<Uint8Array> => {
    const bytes = await body.bytes();
    if (!looksLikeObject(bytes))
      throw malformed(upstream, status, `${bytes.length} bytes that are no JSON object`);
    if (holdsSecret(bytes)) throw malformed(upstream, status, "a secret of ours in its body");
    return bytes;
  };

  return {
    async post({ path, body: request, codec, stream, headers: forwarded, signal }) {
      const accept = stream ? "text/event-stream" : "application/json";
      const response = await successful(
        await http.send({
          method: "POST",
          path: pathOf(path),
          headers: { ...headersFor(accept, forwarded), "content-type": "application/json" },
          body: request,
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

    async ask({ path, contentType, headers: given, ...request }) {
      const headers = {
        ...headersFor("application/json", given),
        ...(contentType !== undefined && { "content-type": contentType }),
      };
      return successful(await http.send({ ...request, path: pathOf(path), headers }));
    },

    async forward({ path, headers: forwarded, ...request }) {
      const response = await successful(
        await http.send({
          ...request,
          path: pathOf(path),
          headers: headersFor(forwarded["accept"] ?? "*/*", forwarded),
        }),
      );
      const { status, headers, body } = response;
      return { status, headers, chunks: body.read(createChunkReader(upstream, holdsSecret)) };
    },

    wholeBody,

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
