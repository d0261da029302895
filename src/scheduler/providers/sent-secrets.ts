/**
 * Keeps what we sent in confidence from coming back to a caller: an upstream, or a box on the way, that quotes a
 * request's headers in its answer would tell everybody our key (defect 80). Found is what comes back as it was sent;
 * what somebody disguises on purpose is not.
 */

/** Shorter ones are no secrets but fillers, "ollama", "none", and words that an answer may well say. */
const SHORTEST = 16;

/** What holds a secret, by its name. */
const CONFIDENTIAL = /auth|key|secret|token|password|cookie|credential/i;

/** Whether any of these texts or bytes holds a secret. */
export type SecretCheck = (...told: readonly (string | Uint8Array)[]) => boolean;

/** @param sent - headers, names in lower case, and query parameters, as they are sent */
export function createSecretCheck(sent: Readonly<Record<string, string>>): SecretCheck {
  const secrets = Object.entries(sent)
    .filter(([name]) => CONFIDENTIAL.test(name))
    // Without the scheme: "Bearer" is none of it.
    .map(([, value]) => value.slice(value.lastIndexOf(" ") + 1))
    .filter((secret) => secret.length >= SHORTEST);
  return (...told) => secrets.some((secret) => told.some((each) => holds(each, secret)));
}

function holds(told: string | Uint8Array, secret: string): boolean {
  return typeof told === "string"
    ? told.includes(secret)
    : Buffer.from(told.buffer, told.byteOffset, told.length).includes(secret);
}
