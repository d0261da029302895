/**
 * Whether a request comes from this machine and was meant for it. Three things must agree, since each alone can be
 * had from elsewhere: a browser on this machine has a loopback socket whatever page it shows (`Origin` tells), a
 * name can be pointed at 127.0.0.1 (`Host` tells), and a reverse proxy on this machine speaks for the world (its
 * headers tell).
 */
import type { GatewayRequest } from "./http.ts";

/** Headers that only someone in between adds: by the standards, by custom, by tunnels to this machine. */
const PROXY_HEADERS = [
  "forwarded",
  "via",
  "cdn-loop",
  "x-real-ip",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
];

/** Says what about the request is not loopback; `undefined` if all of it is. */
export function whyNotLoopback(
  request: Pick<GatewayRequest, "headers" | "remoteAddress">,
): string | undefined {
  const { headers, remoteAddress } = request;
  if (!isLoopbackAddress(remoteAddress ?? "")) return "it does not come from this machine";
  if (!isLoopbackHost(toText(headers["host"]))) return "its Host is not this machine's";
  if (headers["origin"] !== undefined && !isLoopbackOrigin(toText(headers["origin"]))) {
    return "it comes from a web page of another origin";
  }
  // A page's image or link has no Origin; this tells of it where the browser is not an old one.
  if (headers["origin"] === undefined && headers["sec-fetch-site"] === "cross-site") {
    return "it comes from a web page of another site";
  }
  const proxied = Object.keys(headers).find(
    (name) => PROXY_HEADERS.includes(name) || name.startsWith("x-forwarded-"),
  );
  return proxied && `it came through a proxy (${proxied})`;
}

/** A header that was sent twice, where Node keeps both, is neither of them. */
function toText(value: string | readonly string[] | undefined): string {
  return typeof value === "string" ? value : "";
}

/** 127.0.0.0/8, also as IPv6 carries it, and ::1. */
export function isLoopbackAddress(address: string): boolean {
  return address === "::1" || IPV4_LOOPBACK.test(address.replace(/^::ffff:/i, ""));
}

const IPV4_LOOPBACK = /^127(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;

/** A `Host` header, port or not: a loopback address, localhost or a name under it. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/:\d+$/, "");
  if (name.startsWith("[") && name.endsWith("]")) return isLoopbackAddress(name.slice(1, -1));
  return isLocalhost(name) || IPV4_LOOPBACK.test(name);
}

function isLocalhost(name: string): boolean {
  return name === "localhost" || /^[a-z0-9.-]+\.localhost$/.test(name);
}

/** An `Origin` header: http or https of a loopback host. "null", which sandboxed pages send, is none. */
export function isLoopbackOrigin(origin: string): boolean {
  const host = /^https?:\/\/([^/?#@\\]+)$/i.exec(origin)?.[1];
  return host !== undefined && isLoopbackHost(host);
}
