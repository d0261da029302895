/**
 * Text without what looks like an API key, or a part of one that an upstream quotes: a vendor's prefix with what follows,
 * or letters beside stars. It may be ours (defect 80); that a sentence loses a word it could have kept is the lesser evil.
 *
 * @example
 * withoutKeys("Incorrect API key provided: sk-ab***yz."); // "Incorrect API key provided: [secret]."
 */
export function withoutKeys(text: string): string {
  return text.replace(KEY, "[secret]");
}

const KEY =
  /\b(?:sk|pk|rk|gsk|xai|fw|tgp|nvapi|hf|sess|csk)[-_][\w*-]{6,}|\bAIza[\w*-]{8,}|[\w-]+\*{3,}[\w-]*|\*{3,}[\w-]+/g;
