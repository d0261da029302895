/**
 * API keys. Only their SHA-256 is kept. Looking one up compares with every key, in constant time each, so that how
 * long it takes tells nothing about any of them.
 *
 * A plain hash is enough here: keys are long and random, unlike passwords, so there is no dictionary to try.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { GatewayKey, Principal } from "../config/gateway-options.ts";
import { toSecret } from "../secret.ts";
import type { HeaderMap } from "./http.ts";

interface Keyring {
  /** Whose key this is; `undefined`: nobody's. */
  find(key: string): Principal | undefined;
}

/** @throws TypeError if a key stands twice */
export function createKeyring(keys: readonly GatewayKey[]): Keyring {
  const entries = keys.map(({ key, ...principal }) => ({ hash: sha256(toSecret(key).reveal()), principal }));
  const distinct = new Set(entries.map(({ hash }) => hash.toString("hex")));
  if (distinct.size < entries.length) throw new TypeError("createGateway: keys has the same key twice");

  return {
    find(key) {
      const hash = sha256(key);
      let found: Principal | undefined;
      for (const entry of entries) {
        if (timingSafeEqual(entry.hash, hash)) found = entry.principal;
      }
      return found;
    },
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The key a request carries: `Authorization: Bearer` or, as Anthropic's clients send it, `x-api-key` (wire 3). */
export function presentedKey(headers: HeaderMap): string | undefined {
  const apiKey = headers["x-api-key"];
  return bearerOf(headers) ?? (typeof apiKey === "string" && apiKey !== "" ? apiKey : undefined);
}

/** What a request says in `Authorization: Bearer`. */
export function bearerOf({ authorization }: HeaderMap): string | undefined {
  return typeof authorization === "string" ? /^bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
}
