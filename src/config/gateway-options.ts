import type { IncomingMessage } from "node:http";
import type { CallContext } from "../chat.ts";
import type { Clock } from "../clock.ts";
import type { Secret } from "../secret.ts";

/** How the HTTP surface behaves. */
export interface GatewayOptions {
  /** Who may call: API keys, each with its tenant and its limits. Without keys and `authenticate`, only loopback. */
  readonly keys?: readonly GatewayKey[] | undefined;

  /**
   * The host's own check, asked where no key fits: a principal, or `undefined` for a 401. It may go by cookies: posts
   * it vouches for must have a JSON content type, which no form of another page has.
   */
  readonly authenticate?: HostCheck["authenticate"] | undefined;

  /**
   * "checked": keys or `authenticate`, and without them loopback only. "open": whoever reaches the port may call.
   *
   * @defaultValue "checked"
   */
  readonly access?: "checked" | "open" | undefined;

  /**
   * This process serves others: without keys and `authenticate` every call is refused, loopback's too, since behind
   * a proxy every caller looks like loopback.
   *
   * @defaultValue whether `NODE_ENV` is "production"
   */
  readonly production?: boolean | undefined;

  /** Bytes a request body may have, after decompression. @defaultValue 33554432 (32 MiB) */
  readonly maxBodyBytes?: number | undefined;

  /** Bytes a file may have that is uploaded to `/v1/files`. @defaultValue 104857600 (100 MiB) */
  readonly maxFileBytes?: number | undefined;

  /**
   * Milliseconds after which a stream that still waits for its first chunk gets its 200 and a comment, and another
   * each time they pass again. Failures after that are told inside the stream. `false`: never.
   *
   * @defaultValue 15000
   */
  readonly keepAliveAfterMs?: number | false | undefined;

  /** The path before "/healthz". @defaultValue "/v1/pc", and "" with `standalone` */
  readonly operations?: string | undefined;

  /**
   * There is no host behind this gateway: unknown paths are answered, with OpenAI's 404.
   *
   * @defaultValue false
   */
  readonly standalone?: boolean | undefined;

  /** Hears of errors that nobody foresaw; the caller gets a 500 without their words. What it throws is ignored. */
  readonly onError?: ((error: unknown, facts: { readonly requestId: string }) => void) | undefined;

  /** @defaultValue the real clock */
  readonly clock?: Clock | undefined;
}

/** A method, so that a host may declare its framework's request, which is more than Node's, as the parameter. */
interface HostCheck {
  authenticate(request: IncomingMessage): Principal | undefined | Promise<Principal | undefined>;
}

/** An API key, and who calls with it. A bare `{ key, tenant }` trusts all agents of that tenant as one. */
export interface GatewayKey extends Principal {
  readonly key: string | Secret;
}

/** Who calls, and what they may do. A limit that is left out does not limit. Names may have `*` for any characters. */
export interface Principal {
  /** Whose context and limits these calls use. Nothing crosses a tenant. */
  readonly tenant: string;
  /** Agent ids this caller may call as. */
  readonly agents?: readonly string[] | undefined;
  /** Groups this caller may share with. */
  readonly groups?: readonly string[] | undefined;
  /** Models this caller may ask for; a call that names none, or "auto", needs "auto" among them. */
  readonly models?: readonly string[] | undefined;
  /** Paths this caller may use, e.g. "/v1/embeddings". */
  readonly routes?: readonly string[] | undefined;
  /** The highest `priority` this caller may ask for. */
  readonly maxPriority?: number | undefined;
  /** What holds where a call does not say. */
  readonly defaults?: CallDefaults | undefined;
}

/** What a key may decide for calls that do not say it themselves. */
export type CallDefaults = Pick<CallContext, "agentId" | "group" | "share" | "maxInputTokens">;

/** What holds where an option is left out. */
export const gatewayDefaults = {
  access: "checked",
  maxBodyBytes: 32 * 1024 * 1024,
  maxFileBytes: 100 * 1024 * 1024,
  keepAliveAfterMs: 15_000,
  standalone: false,
} as const satisfies GatewayOptions;
