/**
 * Who may call.
 *
 *     access: "open"          everyone, as tenant "default"
 *     keys                    who has a key
 *     authenticate            whom the host vouches for
 *     neither                 this machine only; in production nobody
 *
 * Who needs no key of ours must send JSON as such: browsers send a page's form to any address, with the cookies that a
 * host may go by, and without this content type. Where a route takes something else, an upload, it must come with an
 * Authorization header, which a form cannot set and a page's script may not without leave.
 *
 * Decided on headers alone, before a byte of the body is read.
 */

import { type GatewayOptions, gatewayDefaults, type Principal } from "../config/gateway-options.ts";
import { isJsonType } from "./content-type.ts";
import type { GatewayRequest } from "./http.ts";
import { bearerOf, createKeyring, presentedKey } from "./keys.ts";
import { whyNotLoopback } from "./loopback.ts";
import { ANYONE } from "./principal.ts";
import { RequestRefusedError, unauthenticated } from "./refusal.ts";
import type { PostBody } from "./route-table.ts";

/**
 * Says who calls.
 *
 * @param takes - what the route's POST brings, where that is not JSON
 * @throws RequestRefusedError 401 or 415, saying what to configure
 */
type Access = (request: GatewayRequest, takes?: PostBody) => Promise<Principal>;

export function createAccess(options: GatewayOptions): Access {
  const { keys, authenticate } = options;
  if ((options.access ?? gatewayDefaults.access) === "open") return async () => ANYONE;
  if (keys === undefined && authenticate === undefined) {
    return options.production === true ? refuseInProduction : loopbackOnly;
  }

  const keyring = createKeyring(keys ?? []);
  return async (request, takes) => {
    const key = presentedKey(request.headers);
    const principal = key === undefined ? undefined : keyring.find(key);
    if (principal !== undefined) return principal;
    const vouchedFor = await authenticate?.(request.raw);
    if (vouchedFor) return refuseForms(request, takes, checkPrincipal(vouchedFor));
    if (authenticate) throw unauthenticated("authentication failed");
    throw unauthenticated(
      key === undefined
        ? "no API key: send it as Authorization: Bearer or x-api-key"
        : "incorrect API key provided",
    );
  };
}

async function loopbackOnly(request: GatewayRequest, takes?: PostBody): Promise<Principal> {
  const reason = whyNotLoopback(request);
  if (reason !== undefined) {
    throw unauthenticated(
      `without API keys only this machine may call, and this request was refused because ${reason}; ${HOW_TO_OPEN}`,
    );
  }
  return refuseForms(request, takes, ANYONE);
}

function refuseForms(
  { method, headers }: GatewayRequest,
  takes: PostBody | undefined,
  principal: Principal,
): Principal {
  if (method !== "POST" || isJsonType(headers["content-type"])) return principal;
  if (takes !== undefined) {
    if (bearerOf(headers) !== undefined) return principal;
    throw unauthenticated("this request needs an Authorization: Bearer header, with any text as its key");
  }
  throw new RequestRefusedError(415, "the content type must be application/json", {
    param: "content-type",
    wireCode: "unsupported_media_type",
  });
}

/** A host's "yes" that names no tenant would put everyone into one. */
function checkPrincipal(principal: Principal): Principal {
  const { tenant }: { readonly tenant?: unknown } = principal;
  if (typeof tenant === "string" && tenant !== "") return principal;
  throw new TypeError("authenticate must give a principal with a tenant, or undefined for nobody");
}

async function refuseInProduction(): Promise<Principal> {
  throw unauthenticated(`in production every call needs a key; ${HOW_TO_OPEN}`);
}

const HOW_TO_OPEN =
  'configure keys or authenticate(request); where the environment configures this server, PC_API_KEYS as tenant=key,tenant=key; or open it to everyone with access: "open"';
