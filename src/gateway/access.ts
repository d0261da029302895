/**
 * Who may call.
 *
 *     access: "open"          everyone, as tenant "default"
 *     keys, authenticate      who has a key, or whom the host vouches for
 *     neither                 this machine only, with a JSON content type on POST: a form that a web page posts has
 *                             none; in production nobody
 *
 * Decided on headers alone, before a byte of the body is read.
 */

import { type GatewayOptions, gatewayDefaults, type Principal } from "../config/gateway-options.ts";
import type { GatewayRequest } from "./http.ts";
import { createKeyring, presentedKey } from "./keys.ts";
import { whyNotLoopback } from "./loopback.ts";
import { ANYONE } from "./principal.ts";
import { RequestRefusedError, unauthenticated } from "./refusal.ts";

/** Says who calls. @throws RequestRefusedError 401 or 415, saying what to configure */
type Access = (request: GatewayRequest) => Promise<Principal>;

export function createAccess(options: GatewayOptions): Access {
  const { keys, authenticate } = options;
  if ((options.access ?? gatewayDefaults.access) === "open") return async () => ANYONE;
  if (keys === undefined && authenticate === undefined) {
    return options.production === true ? refuseInProduction : loopbackOnly;
  }

  const keyring = createKeyring(keys ?? []);
  return async ({ headers, raw }) => {
    const key = presentedKey(headers);
    const principal = (key && keyring.find(key)) || (await authenticate?.(raw));
    if (principal) return principal;
    if (authenticate) throw unauthenticated("authentication failed");
    throw unauthenticated(
      key === undefined
        ? "no API key: send it as Authorization: Bearer or x-api-key"
        : "incorrect API key provided",
    );
  };
}

async function loopbackOnly(request: GatewayRequest): Promise<Principal> {
  const reason = whyNotLoopback(request);
  if (reason !== undefined) {
    throw unauthenticated(
      `without API keys only this machine may call, and this request was refused because ${reason}; ${HOW_TO_OPEN}`,
    );
  }
  if (request.method === "POST" && !isJson(request.headers["content-type"])) {
    throw new RequestRefusedError(415, "the content type must be application/json", {
      param: "content-type",
      wireCode: "unsupported_media_type",
    });
  }
  return ANYONE;
}

async function refuseInProduction(): Promise<Principal> {
  throw unauthenticated(`in production every call needs a key; ${HOW_TO_OPEN}`);
}

const HOW_TO_OPEN =
  'configure keys or authenticate(request); where the environment configures this server, PC_API_KEYS as tenant=key,tenant=key; or open it to everyone with access: "open"';

function isJson(contentType: string | readonly string[] | undefined): boolean {
  return typeof contentType === "string" && /^application\/(?:[\w.+-]+\+)?json *(?:;|$)/i.test(contentType);
}
