import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { LifeSigns } from "../../../src/scheduler/providers/life-signs.ts";
import { FakeClock } from "../../fake-clock.ts";

class Connection extends EventEmitter {
  bytesRead = 100;
  destroyedBy: Error | undefined;
  destroy(error?: Error): this {
    this.destroyedBy = error;
    this.emit("close");
    return this;
  }
}

function given() {
  const clock = new FakeClock();
  const lifeSigns = new LifeSigns(clock, 1000);
  const connection = new Connection();
  lifeSigns.watch(connection as never);
  return { clock, lifeSigns, connection };
}

describe("LifeSigns", () => {
  it("destroys a connection over which nothing came in three looks", async () => {
    const { clock, lifeSigns, connection } = given();
    lifeSigns.began();

    await clock.advance(2999);
    expect(connection.destroyedBy).toBeUndefined();
    await clock.advance(1);

    expect(connection.destroyedBy).toMatchObject({ code: "NO_SIGN_OF_LIFE" });
  });

  it("leaves one that answers, however long its answer takes", async () => {
    const { clock, lifeSigns, connection } = given();
    lifeSigns.began();

    for (let pong = 0; pong < 20; pong += 1) {
      await clock.advance(2000);
      connection.bytesRead += 17;
    }

    expect(connection.destroyedBy).toBeUndefined();
  });

  it("has a timer only while something is under way", () => {
    const { clock, lifeSigns } = given();
    expect(clock.sleeping).toBe(0);

    lifeSigns.began();
    lifeSigns.began();
    lifeSigns.ended();
    expect(clock.sleeping).toBe(1);
    lifeSigns.ended();

    expect(clock.sleeping).toBe(0);
  });

  it("does not count the silence of the time when nothing was under way", async () => {
    const { clock, lifeSigns, connection } = given();
    lifeSigns.began();
    await clock.advance(2000);
    lifeSigns.ended();

    lifeSigns.began();
    await clock.advance(2000);

    expect(connection.destroyedBy).toBeUndefined();
  });

  it("forgets a connection that has closed", async () => {
    const { clock, lifeSigns, connection } = given();
    lifeSigns.began();

    connection.emit("close");
    await clock.advance(10_000);

    expect(connection.destroyedBy).toBeUndefined();
  });
});
