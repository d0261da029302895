import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { it, onTestFinished } from "vitest";
import { redis } from "../../src/storage/redis.ts";
import { expectNoResidue } from "./residue.ts";

const url = process.env["PC_TEST_REDIS_URL"];

it.skipIf(url === undefined)(
  "what a tenant said is in no key, field or value of Redis once it is forgotten (needs PC_TEST_REDIS_URL)",
  async () => {
    const prefix = `{residue-${randomUUID()}}:`;
    const client = new Redis(url ?? "");
    const keys = ["values", "keys", "expiries"].map((name) => prefix + name);
    onTestFinished(async () => {
      await client.del(...keys);
      client.disconnect();
    });

    await expectNoResidue({
      open: () => redis(client, { prefix }),
      raw: async () => {
        const names = await client.keys(`${prefix}*`);
        const values = await client.hgetallBuffer(`${prefix}values`);
        const sorted = await Promise.all(keys.slice(1).map((key) => client.zrangeBuffer(key, "0", "-1")));
        return Buffer.concat([
          Buffer.from(names.join("\n")),
          ...Object.entries(values).flatMap(([field, value]) => [Buffer.from(field), value]),
          ...sorted.flat(),
        ]);
      },
    });
  },
);
