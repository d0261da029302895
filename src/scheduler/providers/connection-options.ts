import { X509Certificate } from "node:crypto";
import { checkNames } from "../options.ts";

/** How a provider connects to its upstream. */
export interface ConnectionOptions {
  /** The most connections; above it attempts wait. @defaultValue no limit; 4 with `http2`, of 100 attempts each */
  readonly connections?: number | undefined;
  /**
   * Speaks HTTP/2: many attempts on one connection. It needs https and an upstream that speaks it; with another every
   * attempt fails. @defaultValue false
   */
  readonly http2?: boolean | undefined;
  /** Whom to trust with https. @defaultValue whom Node trusts */
  readonly tls?: TlsOptions | undefined;
}

/** Whom to trust with https. */
export interface TlsOptions {
  /** Certificates to trust, in PEM, in place of those that Node trusts. @defaultValue Node's own */
  readonly ca?: string | undefined;
}

/** Their names, for the list of a provider's options. */
export const CONNECTION_OPTIONS = {
  connections: true,
  http2: true,
  tls: true,
} as const satisfies Record<keyof ConnectionOptions, true>;

/** The same, checked. */
export interface CheckedConnectionOptions {
  readonly connections: number | undefined;
  readonly http2: boolean;
  /** Certificates to trust. */
  readonly ca: string | undefined;
}

/**
 * Checks how a provider is to connect.
 *
 * @param maker - the function that was given the options, for messages
 * @param protocol - of the upstream, with its colon
 * @throws TypeError or RangeError naming option and value
 */
export function checkConnectionOptions(
  maker: string,
  protocol: string,
  { connections, http2 = false, tls }: ConnectionOptions,
): CheckedConnectionOptions {
  if (connections !== undefined && !(Number.isInteger(connections) && connections > 0)) {
    throw new RangeError(`${maker}: connections must be a positive integer, got ${connections}`);
  }
  if (typeof http2 !== "boolean") {
    throw new TypeError(`${maker}: http2 must be true or false, got ${JSON.stringify(http2)}`);
  }
  if (tls !== undefined) checkNames(`${maker}.tls`, tls, ["ca"]);
  const secured = http2 ? "http2" : tls && "tls";
  if (secured !== undefined && protocol !== "https:") {
    throw new TypeError(`${maker}: ${secured} needs an https baseURL, got ${protocol}//`);
  }
  if (tls?.ca !== undefined) checkCertificates(maker, tls.ca);
  return { connections, http2, ca: tls?.ca };
}

/** What is no certificate would else be found out by the first call. */
function checkCertificates(maker: string, ca: string): void {
  try {
    new X509Certificate(ca);
  } catch (cause) {
    throw new TypeError(`${maker}: tls.ca must be certificates in PEM, and is not`, { cause });
  }
}
