import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { describe, expect, it } from "vitest";
import { startApp } from "../host-app.ts";

describe("a WebSocket upgrade on /v1/responses", () => {
  it("is told that there is HTTP only, and its connection is closed (wire 9)", async () => {
    const app = await startApp({ access: "open" });
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AA==",
    };

    const asked = request(`${app.baseURL}/responses`, { headers });
    asked.end();
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    answer.resume();
    await once(answer.socket, "close");
    await app.close();

    expect(answer.statusCode).toBe(426);
    expect(answer.headers["content-type"]).toBe("application/json");
  });
});
