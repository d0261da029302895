import type { Socket } from "node:net";
import { type Clock, type StopTimer, startTimer } from "../../clock.ts";

/** What is looked at of a connection. */
type Watched = Pick<Socket, "bytesRead" | "destroy" | "once">;

interface Heard {
  bytes: number;
  /** How many looks in a row found nothing new. */
  silentLooks: number;
}

/** More than one: after a pause of this whole process the first look comes before what has arrived is read. */
const MOST_SILENT_LOOKS = 3;

/**
 * Ends connections that are silent, though they are pinged. While anything is under way they are looked at once a ping, and
 * one over which nothing came from the first of three looks to the last is destroyed: what was under way on it can go
 * elsewhere. While nothing is, there is no timer.
 */
export class LifeSigns {
  readonly #clock: Clock;
  readonly #pingMs: number;
  readonly #connections = new Map<Watched, Heard>();
  #underWay = 0;
  #stop: StopTimer | undefined;

  /** @param pingMs - from one ping to the next; who makes the connections sends them */
  constructor(clock: Clock, pingMs: number) {
    this.#clock = clock;
    this.#pingMs = pingMs;
  }

  /** Watches a connection until it closes. */
  watch(connection: Watched): void {
    this.#connections.set(connection, { bytes: connection.bytesRead, silentLooks: 0 });
    connection.once("close", () => this.#connections.delete(connection));
  }

  /** Something is under way, until `ended` is called. */
  began(): void {
    this.#underWay += 1;
    if (this.#underWay > 1) return;
    // No look was taken for a while.
    for (const heard of this.#connections.values()) heard.silentLooks = 0;
    this.#lookLater();
  }

  ended(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#stop?.();
  }

  #lookLater(): void {
    this.#stop = startTimer(this.#clock, this.#pingMs, () => {
      for (const [connection, heard] of this.#connections) look(connection, heard);
      this.#lookLater();
    });
  }
}

function look(connection: Watched, heard: Heard): void {
  const { bytesRead } = connection;
  heard.silentLooks = bytesRead === heard.bytes ? heard.silentLooks + 1 : 0;
  heard.bytes = bytesRead;
  if (heard.silentLooks < MOST_SILENT_LOOKS) return;
  connection.destroy(
    Object.assign(new Error("the connection gives no sign of life"), { code: "NO_SIGN_OF_LIFE" }),
  );
}
