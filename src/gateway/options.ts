import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock.ts";
import type { GatewayKey } from "./keys.ts";
import type { Principal } from "./principal.ts";

/** How the HTTP surface behaves. */
export interface GatewayOptions {
  /** Who may call: API keys, each with its tenant and its limits. Without keys and `authenticate`, only loopback. */
  readonly keys?: readonly GatewayKey[] | undefined;

  /** The host's own check, asked where no key fits: a principal, or `undefined` for a 401. */
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
   * @defaultValue false
   */
  readonly production?: boolean | undefined;

  /** Bytes a request body may have, after decompression. @defaultValue 33554432 (32 MiB) */
  readonly maxBodyBytes?: number | undefined;

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

/** What holds where an option is left out. */
export const gatewayDefaults = {
  access: "checked",
  production: false,
  maxBodyBytes: 32 * 1024 * 1024,
  keepAliveAfterMs: 15_000,
  standalone: false,
} as const satisfies GatewayOptions;
