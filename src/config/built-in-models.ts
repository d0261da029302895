import type { Clock, RandomSource } from "../clock.ts";
import { lexicalRanker } from "../core/retrieval/lexical.ts";
import { lexicalEmbedder } from "../core/retrieval/lexical-embedding.ts";
import type { DeploymentOptions } from "../scheduler/deployment.ts";
import { extractive } from "../scheduler/providers/extractive.ts";

const CHAT = "pc-extractive";
const EMBEDDINGS = "pc-lexical-embedding";

/** The models that need no provider. */
export const BUILT_IN_MODELS: readonly string[] = [CHAT, EMBEDDINGS];

/** Their deployments, one a wire. They answer under their own names only, so they may stand behind any others. */
export function builtInDeployments(clock: Clock, random: RandomSource): readonly DeploymentOptions[] {
  const provider = extractive({ ranker: lexicalRanker(), embedder: lexicalEmbedder(), clock, random });
  return [
    { id: CHAT, model: CHAT, provider: { ...provider, wires: ["chat"] } },
    { id: EMBEDDINGS, model: EMBEDDINGS, provider: { ...provider, wires: ["embeddings"] } },
  ];
}
