import { ProviderError } from "../../errors.ts";
import type { ChunkReader } from "./response-body.ts";
import type { SecretCheck } from "./sent-secrets.ts";

/**
 * Chunks of an answer that nobody reads, as they come.
 *
 * @param upstream - who sends it, for messages
 * @param holdsSecret - a chunk of which this is true ends the answer as a "malformed-response"
 */
export function createChunkReader(upstream: string, holdsSecret: SecretCheck): ChunkReader<Uint8Array> {
  return {
    done: false,
    push(chunk) {
      if (!holdsSecret(chunk)) return [chunk];
      throw new ProviderError("malformed-response", `${upstream} answered with a secret of ours in its body`);
    },
    end(broken) {
      if (broken !== undefined) throw broken;
      return [];
    },
  };
}
