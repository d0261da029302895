import { inspect } from "node:util";

/**
 * A value that must not be printed: it shows itself as `[secret]` to string conversion, JSON, `console.log` and
 * structured loggers. `reveal()` is the one way to the value, so that its uses can be found.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return "[secret]";
  }

  toJSON(): string {
    return "[secret]";
  }

  [inspect.custom](): string {
    return "[secret]";
  }
}

/** Wraps a plain string; leaves a `Secret` as it is. */
export function toSecret(value: string | Secret): Secret {
  return typeof value === "string" ? new Secret(value) : value;
}
