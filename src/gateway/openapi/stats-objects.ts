/** The shapes of what calls came to: sums, agents, groups. */
import { z } from "zod";
import { type CallSums, NO_CALLS } from "../../stats/sums.ts";
import { grant } from "./context-objects.ts";

const sums = Object.fromEntries(Object.keys(NO_CALLS).map((name) => [name, z.number()])) as {
  readonly [Name in keyof CallSums]: z.ZodNumber;
};

const example: CallSums = {
  ...NO_CALLS,
  calls: 40,
  succeeded: 39,
  failed: 1,
  attempts: 42,
  inputTokens: 61_200,
  cacheReadTokens: 40_100,
  outputTokens: 5_300,
  compiledCalls: 40,
  tokensBefore: 148_000,
  tokensAfter: 61_000,
  savedTokens: 87_000,
  capturedItems: 31,
  costUsd: 0.21,
};

export const sumsLine = z
  .looseObject({ tenant: z.string(), day: z.string().optional(), agentId: z.string().optional(), ...sums })
  .meta({ examples: [{ tenant: "acme", day: "2026-11-24", ...example }] });

export const agentActivity = z
  .looseObject({
    agentId: z.string().optional(),
    groups: z.array(z.string()),
    lastCallAt: z.int(),
    ...sums,
  })
  .meta({
    examples: [{ agentId: "planner", groups: ["trip"], lastCallAt: 1_790_000_000_000, ...example }],
  });

export const contextGroup = z
  .looseObject({
    group: z.string(),
    members: z.array(z.string()),
    entries: z.int(),
    writers: z.array(z.looseObject({ agentId: z.string(), entries: z.int() })),
    grants: z.array(grant),
  })
  .meta({
    examples: [
      {
        group: "trip",
        members: ["planner", "scout"],
        entries: 31,
        writers: [{ agentId: "scout", entries: 31 }],
        grants: [],
      },
    ],
  });
