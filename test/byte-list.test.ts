import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteList } from "../src/byte-list.ts";

describe("ByteList", () => {
  it("gives what was added, in order and in one piece", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 5_000, size: "max" }), (chunks) => {
        const list = new ByteList();
        for (const chunk of chunks) list.add(chunk);

        const whole = Buffer.concat(chunks);
        expect(Buffer.from(list.toBytes()).equals(whole)).toBe(true);
        expect(list.length).toBe(whole.length);
      }),
      { numRuns: 20 },
    );
  });

  it("keeps no object for every byte of a body that comes byte by byte", () => {
    const list = new ByteList();
    const slab = Buffer.alloc(2_000_000, "x");
    const before = process.memoryUsage().heapUsed;

    for (let start = 0; start < slab.length; start++) list.add(slab.subarray(start, start + 1));

    // Two million buffers would be two hundred megabytes and more.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(120_000_000);
    expect(list.toBytes()).toHaveLength(slab.length);
  });

  it("gives a chunk that came alone as it is, and none as no bytes", () => {
    const list = new ByteList();
    const chunk = Buffer.from("all");
    expect(list.toBytes()).toHaveLength(0);

    list.add(chunk);

    expect(list.toBytes()).toBe(chunk);
  });
});
