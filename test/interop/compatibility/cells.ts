/**
 * Compatibility as a table: client × route × feature, each shown by a test in Express and in Koa.
 *
 *     const shows = showing({ client: "openai", host: "Koa" });
 *     it("streams, with usage", shows("chat", "streaming"), async () => …);
 *
 *     suites ── write.ts ──▶ shown.json ──▶ docs/compatibility.md      `npm run docs:compatibility`
 *        └────── hold.ts ──────┘    └──── page.test.ts ────┘
 *
 * plan.ts says what there is to show, `shows` says which test shows it. A run by the command keeps what passed. Every other
 * run fails where a suite declares other cells than are kept of it. A unit test holds the page to what is kept, and that to
 * the plan: every cell of it is shown in both hosts, or says in words why not.
 */

export const FEATURES = ["answers", "streaming", "tools", "structured output", "abort", "errors"] as const;

/** What coding agents are tried with: work done by their own tools, and failures that they do not notice or survive. */
export const AGENT_FEATURES = ["work with tools", "an upstream fails", "a stream breaks"] as const;

export type Feature = (typeof FEATURES)[number] | (typeof AGENT_FEATURES)[number];

export const HOSTS = ["Express", "Koa"] as const;

export type Host = (typeof HOSTS)[number];

/** Whose words the upstream speaks; "openai" answers responses itself. */
export type Upstream = "openai-compatible" | "openai" | "anthropic" | "gemini";

/** Routes that clients are tried on, and where less is tried, why. */
export const ROUTES = {
  chat: { path: "/v1/chat/completions" },
  responses: { path: "/v1/responses" },
  messages: { path: "/v1/messages" },
  count_tokens: {
    path: "/v1/messages/count_tokens",
    only: ["answers", "errors"],
    why: "a count comes whole; abort is not tried",
  },
  completions: {
    path: "/v1/completions",
    only: ["answers", "streaming", "abort", "errors"],
    why: "plain text in, plain text out",
  },
  embeddings: {
    path: "/v1/embeddings",
    only: ["answers", "errors"],
    why: "vectors come whole; abort is not tried",
  },
  models: { path: "/v1/models", only: ["answers", "errors"], why: "a list comes whole; abort is not tried" },
  batches: {
    path: "/v1/batches",
    only: ["answers", "abort", "errors"],
    why: "each line is answered as its route is",
  },
} as const satisfies Record<string, { path: string; only?: readonly Feature[]; why?: string }>;

export type Route = keyof typeof ROUTES;

/** A row of the table: a client on a route, over an upstream. */
export interface Place {
  readonly client: string;
  readonly route: Route;
  readonly upstream: Upstream;
}

/** What one test says that it shows. */
export interface Cell extends Place {
  readonly feature: Feature;
  readonly host: Host;
  /** Package → version, where the client is none of plan.ts. */
  readonly versions?: Readonly<Record<string, string>>;
}

declare module "vitest" {
  interface TaskMeta {
    cells?: readonly Cell[];
  }
}

interface Shown extends Pick<Cell, "client" | "host" | "versions"> {
  /** @defaultValue "openai-compatible" */
  readonly upstream?: Upstream;
}

/**
 * For the tests of one client in one host.
 *
 * @returns what makes a test show features on a route, to stand between its name and its function
 */
export function showing({ upstream = "openai-compatible", ...shown }: Shown) {
  return (route: Route, ...features: readonly Feature[]) => ({
    meta: { cells: features.map((feature): Cell => ({ ...shown, upstream, route, feature })) },
  });
}
