import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/command.ts";
import { configCheck } from "../../src/cli/config-check.ts";
import { recordedTerminal } from "./terminal.ts";

describe("prompt-compiler config check", () => {
  it("says what the environment comes to", async () => {
    const terminal = recordedTerminal({
      env: {
        OPENAI_API_KEY: "sk-hidden",
        PC_API_KEYS: "acme=sk-hidden,acme=sk-hidden-too,globex=sk-hidden-as-well",
        PC_DATA_DIR: "/data",
        PC_MAX_INPUT_TOKENS: "8000",
      },
    });

    const code = await configCheck.run([], terminal);

    expect(code).toBe(0);
    expect(terminal.printed).toEqual([
      "models   * (openai), pc-extractive, pc-lexical-embedding",
      "budget   8000 tokens a call",
      "storage  level:/data",
      "state    local",
      "access   keys of acme, globex",
      "config   no prompt-compiler.config file here",
    ]);
  });

  it("says which Redis is shared, and no credential of it", async () => {
    const terminal = recordedTerminal({ env: { REDIS_URL: "redis://user:sk-hidden@cache.local:6380/2" } });

    await configCheck.run([], terminal);

    expect(terminal.printed).toContain("storage  redis:redis://cache.local:6380/2");
    expect(terminal.printed).toContain("state    redis:redis://cache.local:6380/2");
  });

  it("says who may call where there are no keys", async () => {
    const accessIn = async (env: Record<string, string>) => {
      const terminal = recordedTerminal({ env });
      await configCheck.run([], terminal);
      return terminal.printed.find((line) => line.startsWith("access"));
    };

    expect(await accessIn({})).toBe("access   programs on this machine (no PC_API_KEYS)");
    expect(await accessIn({ NODE_ENV: "production" })).toBe(
      "access   nobody: NODE_ENV=production and no PC_API_KEYS",
    );
  });

  it("warns of what has no effect", async () => {
    const terminal = recordedTerminal({ env: { PC_ADMIN_KEY: "sk-hidden" } });

    await configCheck.run([], terminal);

    expect(terminal.warned).toEqual(["note: PC_ADMIN_KEY has no effect: there are no admin routes yet"]);
  });

  it("takes a mistake for the user's, and says what it is", async () => {
    const run = configCheck.run([], recordedTerminal({ env: { PORT: "http" } }));

    await expect(run).rejects.toThrow(new UsageError('PORT must be an integer from 0 to 65535, got "http"'));
  });
});
