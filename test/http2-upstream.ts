/**
 * An upstream that speaks HTTP/2 with TLS, under a test's control. Whole calls are answered with "fine"; of a stream the first
 * word is sent, and it waits until the test ends it.
 *
 *     const upstream = await startHttp2Upstream();
 *     openaiCompatible({ baseURL: upstream.url, http2: true, tls: { ca: certificate } });
 *     upstream.hold();                        // whole calls wait too
 *     await upstream.untilOpen(5);            // so many wait
 *     upstream.endAll();                      // they get the rest of their answer
 */
import { once } from "node:events";
import { createSecureServer, type Http2ServerResponse, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect } from "vitest";
import { chunk, completion } from "./chat-shapes.ts";
import { certificate, privateKey } from "./fixtures/certificate.ts";

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/** @param maxConcurrentStreams - how many requests at once it takes on a connection */
export async function startHttp2Upstream(maxConcurrentStreams = 1000) {
  const sessions = new Set<ServerHttp2Session>();
  const open = new Set<Http2ServerResponse>();
  const counts = { requests: 0, connections: 0, cancelled: 0, pings: 0 };
  let holds = false;

  const server = createSecureServer({
    key: privateKey,
    cert: certificate,
    settings: { maxConcurrentStreams },
  });
  server.on("session", (session) => {
    counts.connections += 1;
    sessions.add(session);
    session.on("error", () => undefined);
    session.on("ping", () => (counts.pings += 1));
    session.on("close", () => sessions.delete(session));
  });
  server.on("request", async (request, response) => {
    counts.requests += 1;
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    response.stream.on("error", () => undefined);
    // Ended by us it is no longer open: one that closes while it is was cancelled, or went with its session.
    response.stream.on("close", () => {
      if (open.delete(response)) counts.cancelled += 1;
    });
    const parts: Buffer[] = [];
    for await (const part of request.on("end", () => undefined)) parts.push(part);
    const { stream } = JSON.parse(Buffer.concat(parts).toString());
    if (!stream && !holds) return void response.end(JSON.stringify(completion("fine")));
    open.add(response);
    if (!stream) return;
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(event(chunk({ content: "one" })));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    sessions,
    counts,
    /** From here on whole calls wait as well; `false`: no longer. */
    hold: (is = true) => {
      holds = is;
    },
    untilOpen: (count: number) => expect.poll(() => open.size).toBe(count),
    endAll: () => {
      for (const response of open) {
        open.delete(response);
        if (response.headersSent)
          response.end(`${event(chunk({ content: " two" }))}${event(chunk({}, "stop"))}data: [DONE]\n\n`);
        else response.end(JSON.stringify(completion("late")));
      }
    },
    async close() {
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
