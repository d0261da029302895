/** What providers check of their options at construction, each with the provider's name in front. No secret is quoted. */
import { type Secret, toSecret } from "../../secret.ts";
import {
  type CheckedConnectionOptions,
  type ConnectionOptions,
  checkConnectionOptions,
} from "./connection-options.ts";

/** What every provider that speaks to a vendor over HTTP may be given. */
export interface VendorOptions extends ConnectionOptions {
  readonly baseURL: string;
  readonly apiKey?: string | Secret | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The same, checked. */
export interface CheckedVendorOptions {
  readonly baseURL: URL;
  readonly apiKey: Secret | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly connection: CheckedConnectionOptions;
}

/**
 * Checks what providers have in common.
 *
 * @param maker - the function that was given the options, for messages
 * @throws TypeError or RangeError naming option and value
 */
export function checkVendorOptions(maker: string, options: VendorOptions): CheckedVendorOptions {
  const baseURL = parseBaseURL(maker, options.baseURL);
  return {
    baseURL,
    apiKey: options.apiKey === undefined ? undefined : checkKey(maker, options.apiKey),
    headers: checkHeaders(maker, options.headers ?? {}),
    connection: checkConnectionOptions(maker, baseURL.protocol, options),
  };
}

function parseBaseURL(maker: string, baseURL: string): URL {
  const url = URL.canParse(baseURL) ? new URL(baseURL) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    // A user's name, a query: what may be a secret is not quoted.
    const got = /[@?]/.test(baseURL) ? "another text" : JSON.stringify(baseURL);
    throw new TypeError(`${maker}: baseURL must be an http or https URL, got ${got}`);
  }
  if (url.username !== "" || url.password !== "") {
    // Not quoted: it holds a password.
    throw new TypeError(`${maker}: baseURL must hold no credentials, got some for ${url.host}`);
  }
  return url;
}

function checkHeaders(
  maker: string,
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (
      typeof value !== "string" ||
      !/^[\w!#$%&'*+.^`|~-]+$/.test(name) ||
      /[^\t\x20-\x7e\x80-\xff]/.test(value)
    ) {
      // The value is not quoted: it may be a key.
      throw new TypeError(`${maker}: headers must be valid HTTP headers, ${JSON.stringify(name)} is not`);
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

function checkKey(maker: string, given: string | Secret): Secret {
  // By what it can do: a Secret may be of another copy of this package.
  if (typeof given !== "string" && typeof given?.reveal !== "function") {
    throw new TypeError(`${maker}: apiKey must be a string or a Secret, got ${typeof given}`);
  }
  const key = toSecret(given);
  if (/^[\x21-\x7e]+$/.test(key.reveal())) return key;
  throw new TypeError(`${maker}: apiKey must be printable ASCII without spaces, and not empty`);
}
