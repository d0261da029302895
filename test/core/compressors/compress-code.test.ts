import { describe, expect, it } from "vitest";
import { compressCode } from "../../../src/core/compressors/code/compress-code.ts";
import { focusOn } from "./focus.ts";

const method = (name: string) =>
  [
    `    def ${name}(self, value):`,
    ...Array.from({ length: 12 }, (_, index) => `        value = value + ${index}`),
    "        return value",
    "",
  ].join("\n");

const source = [
  "import os",
  "from billing.invoice import (",
  "    Invoice,",
  "    round_cents,",
  ")",
  "",
  "class Ledger:",
  ...["open_account", "close_account", "refund_invoice", "list_accounts"].map(method),
].join("\n");

const compress = (query: string, maxTokens: number) =>
  compressCode().compress(source, focusOn(query, maxTokens));

describe("compressCode", () => {
  it("keeps imports and declarations before bodies, and says how many lines stood between", () => {
    const text = compress("", 120)?.text ?? "";

    expect(text.split("\n")[0]).toMatch(
      /^\[Excerpt of a piece of code: \d+ of 67 lines left out, marked …n /,
    );
    for (const line of [
      "    Invoice,",
      "    round_cents,",
      "class Ledger:",
      "    def list_accounts(self, value):",
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(/^…\d+$/m);
  });

  it("never exceeds the budget", () => {
    for (let maxTokens = 1; maxTokens < 700; maxTokens += 7) {
      const compressed = compress("refund", maxTokens);
      if (compressed !== undefined)
        expect(focusOn().tokenizer.count(compressed.text)).toBeLessThanOrEqual(maxTokens);
    }
  });

  it("prefers what shares names with the query", () => {
    const text = compress("why does refundInvoice round the cents?", 70)?.text ?? "";

    expect(text).toContain("def refund_invoice");
    expect(text).toContain("round_cents");
    expect(text).not.toContain("def list_accounts");
  });

  it("accounts for every line", () => {
    const compressed = compress("refund", 120);
    const shown = compressed?.text.split("\n").slice(1) ?? [];

    const lines = shown.reduce((sum, line) => sum + (/^…(\d+)$/.test(line) ? Number(line.slice(1)) : 1), 0);

    expect(lines).toBe(source.split("\n").length);
  });

  it("leaves code alone where there is no budget, or it fits", () => {
    expect(compressCode().compress(source, focusOn("refund"))).toBeUndefined();
    expect(compress("refund", 10_000)).toBeUndefined();
  });

  it("leaves what it wrote alone", () => {
    const text = compress("refund", 120)?.text ?? "";

    expect(compressCode().compress(text, focusOn("refund", 50))).toBeUndefined();
  });
});
