import { createHash } from "node:crypto";

/**
 * Parts made from descriptions, each remembered by its description: when a configuration is read again, what is described
 * as before is the same part, with its connections and all that is known of it.
 *
 * Only a digest of the description is kept: it may hold a key.
 */
export class MadeParts {
  readonly #earlier: ReadonlyMap<string, unknown>;
  readonly #parts = new Map<string, unknown>();

  /** @param earlier - the parts of the configuration that is in use */
  constructor(earlier?: MadeParts | undefined) {
    this.#earlier = new Map(earlier?.all());
  }

  /** The part of that description: the earlier one, or what `make` makes. */
  part<T>(description: unknown, make: () => T): T {
    const digest = createHash("sha256").update(JSON.stringify(description)).digest("base64");
    const part = this.#parts.get(digest) ?? this.#earlier.get(digest) ?? make();
    this.#parts.set(digest, part);
    return part as T;
  }

  /** By digest. */
  all(): ReadonlyMap<string, unknown> {
    return this.#parts;
  }
}
