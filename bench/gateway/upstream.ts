/**
 * An upstream that answers at once, in a process of its own: a whole answer of about 2 KB, or 100 chunks in one go. With
 * "tls" as its argument it speaks HTTP/1.1 and HTTP/2, both with TLS. Says its port to whoever started it.
 */
import { createServer, type RequestListener } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { chatChunk, chatCompletion, usageChunk } from "../../src/wires/chat/build.ts";
import { certificate, privateKey } from "../../test/fixtures/certificate.ts";

const CHUNKS = 100;

const words = "The quick brown fox jumps over the lazy dog. ".repeat(40);
const head = { id: "chatcmpl-1", created: 1_700_000_000, model: "model" };
const usage = { prompt_tokens: 500, completion_tokens: 400, total_tokens: 900 };

const whole = Buffer.from(
  JSON.stringify(chatCompletion(head, { content: words, finishReason: "stop", usage })),
);
const parts = [
  ...Array.from({ length: CHUNKS }, () => chatChunk(head, { content: words.slice(0, 18) })),
  chatChunk(head, {}, "stop"),
  usageChunk(head, usage),
].map((chunk) => Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`));

const answer: RequestListener = (request, response) => {
  const received: Buffer[] = [];
  request.on("data", (bytes: Buffer) => received.push(bytes));
  request.on("end", () => {
    if (!Buffer.concat(received).includes('"stream":true')) {
      response.writeHead(200, { "content-type": "application/json", "content-length": whole.length });
      response.end(whole);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const part of parts) response.write(part);
    response.end("data: [DONE]\n\n");
  });
};

const secure = { key: privateKey, cert: certificate, allowHTTP1: true };
const server = process.argv[2] === "tls" ? createSecureServer(secure) : createServer();
server.on("request", answer);
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
