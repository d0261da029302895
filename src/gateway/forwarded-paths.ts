/**
 * Paths of OpenAI's document that nobody here reads: they are forwarded to the vendor
 * (https://platform.openai.com/docs/api-reference). What is ours, `/v1/files` for one, is in the route table. Who
 * administrates the vendor's account does so there: `/v1/organization` is not forwarded.
 */
export interface ForwardedPath {
  /** What stands below it is meant too. */
  readonly path: string;
  /** Its requests may name their model in a form; else a model is looked for in JSON only. */
  readonly formModel?: boolean;
  /**
   * The vendor keeps it, for its whole account: nothing there tells one tenant's from another's. A key has to name such
   * paths in its `routes`.
   */
  readonly kept?: boolean;
}

export const forwardedPaths: readonly ForwardedPath[] = [
  { path: "/v1/audio", formModel: true },
  { path: "/v1/images", formModel: true },
  { path: "/v1/moderations" },
  { path: "/v1/realtime" },
  { path: "/v1/videos", formModel: true, kept: true },
  { path: "/v1/uploads", kept: true },
  { path: "/v1/fine_tuning", kept: true },
  { path: "/v1/assistants", kept: true },
  { path: "/v1/threads", kept: true },
  { path: "/v1/vector_stores", kept: true },
  { path: "/v1/conversations", kept: true },
  { path: "/v1/containers", kept: true },
  { path: "/v1/evals", kept: true },
];

/** Chat completions that the vendor was asked to store: the call itself is ours, what is below it the vendor's. */
export const storedCompletions: ForwardedPath = { path: "/v1/chat/completions", kept: true };
