import { randomUUID } from "node:crypto";

/** Names a request in the answer's `x-request-id`, and the call it becomes in events. */
export function newRequestId(): string {
  return `req_${randomUUID().replaceAll("-", "")}`;
}
