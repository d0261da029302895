import { describe, expect, it } from "vitest";
import { withoutSecrets } from "../../../src/core/sharing/secrets.ts";
import { createPromptCompiler } from "../../../src/index.ts";

/** Put together here, so that no scanner of repositories takes this page for a leak. */
const random = (length: number): string => "a8Kd02LmQ9xZr4Tn7Vb1Wc5Ye3Hs6Gj0Pf".repeat(8).slice(0, length);
const secrets: readonly (readonly [what: string, secret: string])[] = [
  ["api key", `sk-${"proj"}-${random(40)}`],
  ["api key", `sk-${"ant"}-api03-${random(60)}`],
  ["github", `gh${"p"}_${random(36)}`],
  ["github", `github${"_pat"}_${random(82)}`],
  ["gitlab", `gl${"pat"}-${random(20)}`],
  ["aws", `AK${"IA"}${random(40).toUpperCase().slice(0, 16)}`],
  ["google", `AI${"za"}${random(35)}`],
  ["slack", `xo${"xb"}-${random(24)}`],
  ["stripe", `sk${"_live"}_${random(24)}`],
  ["npm", `np${"m"}_${random(36)}`],
  ["hugging face", `h${"f"}_${random(34)}`],
  ["signed token", `ey${"J"}${random(20)}.ey${"J"}${random(40)}.${random(43)}`],
  ["private key", `-----BEGIN ${"RSA"} PRIVATE KEY-----\n${random(200)}\n-----END ${"RSA"} PRIVATE KEY-----`],
];

describe("withoutSecrets", () => {
  it.each(secrets)(
    "takes out a secret of a known shape, and leaves what is around it: %s",
    (what, secret) => {
      expect(withoutSecrets(`Use (${secret}), please.`)).toBe(
        `Use (${`[secret removed: ${what}]`}), please.`,
      );
    },
  );

  it.each([
    [`password: ${random(16)}`, "password: [secret removed: named value]"],
    [`{"api_key":"${random(32)}","n":1}`, '{"api_key":"[secret removed: named value]","n":1}'],
    [`export DB_SECRET='${random(20)}'`, "export DB_SECRET='[secret removed: named value]'"],
    [`Authorization: Bearer ${random(30)}`, "Authorization: Bearer [secret removed: named value]"],
    ["postgres://me:hunter2@db:5432/x", "postgres://me:[secret removed: password]@db:5432/x"],
  ])("takes out a random value with a telling name, and a password in a URL: %s", (text, clean) => {
    expect(withoutSecrets(text)).toBe(clean);
  });

  it.each([
    "The password policy: at least twelve characters.",
    "const token = await readToken(request.headers);",
    "api_key: $" + "{OPENAI_API_KEY_2}",
    "secret=process.environment.SECRET",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "id ctx_0123456789abcdef0123456789abcdef of 2026-11-24T07:00",
    "sk-learn-is-a-python-package-for-machine-learning",
    "see https://example.com:8080/path?x=1",
  ])("leaves what is no secret as it is: %s", (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it("reads a long text of beginnings of secrets once", () => {
    const text =
      "-----BEGIN PRIVATE KEY-----\n".repeat(2_000) + "password=".repeat(2_000) + "eyJ".repeat(5_000);

    expect(withoutSecrets(text)).toBe(text);
  });
});

describe("shared context", () => {
  it("keeps no secret of what was added, said, or answered by a tool", async () => {
    const compiler = createPromptCompiler();
    const call = { agentId: "planner", group: "trip", share: true } as const;
    const secret = secrets[0]![1];

    await compiler.contexts.add({ content: `The key is ${secret}.` }, call);
    await compiler.chat(
      { messages: [{ role: "user", content: `My key is ${secret}. What is the key?` }] },
      call,
    );

    const { items } = await compiler.contexts.list(call);
    expect(items.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify(items)).not.toContain(secret);
    expect(JSON.stringify(items)).toContain("The key is [secret removed: api key].");
  });
});
