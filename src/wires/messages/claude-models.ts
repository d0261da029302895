/**
 * What a request has to say differently for different models of Anthropic's, told from their names. A name that is not
 * known is taken for one of the newest.
 *
 *     thinking   "budget": so many tokens at most; "adaptive": the model decides, by an effort; "none": it does not think
 *     output     what a request may ask for where the caller says nothing: `max_tokens` is required there
 *
 * https://platform.claude.com/docs/en/about-claude/models/overview,
 * https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
 */
export interface ClaudeModel {
  readonly thinking: "none" | "budget" | "adaptive";
  readonly output: number;
}

const KNOWN: readonly (readonly [RegExp, ClaudeModel])[] = [
  [/claude-3-7-/, { thinking: "budget", output: 32_000 }],
  [/claude-3-5-/, { thinking: "none", output: 8_192 }],
  [/claude-(?:3|2|instant)-/, { thinking: "none", output: 4_096 }],
  // 4.0 to 4.5; from 4.6 on the effort takes the budget's place.
  [/claude-[a-z]+-4(?:-[015])?(?:-\d{8}|$|@|-v\d)/, { thinking: "budget", output: 32_000 }],
  [/claude-[a-z]+-/, { thinking: "adaptive", output: 32_000 }],
];

const UNKNOWN: ClaudeModel = { thinking: "adaptive", output: 8_192 };

/** What is known of a model. */
export function claudeModel(name: string): ClaudeModel {
  return KNOWN.find(([pattern]) => pattern.test(name))?.[1] ?? UNKNOWN;
}
