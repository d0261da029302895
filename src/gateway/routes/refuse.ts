import type { RouteHandler } from "../exchange.ts";
import { RequestRefusedError } from "../refusal.ts";

/** A known path, but not by this method. */
export function wrongMethod(method: string, path: string, allowed: readonly string[]): RouteHandler {
  return async () => {
    throw new RequestRefusedError(
      405,
      `${method} is not allowed on ${path}; allowed: ${allowed.join(", ")}`,
      {
        wireCode: "method_not_allowed",
        headers: { allow: allowed.join(", ") },
      },
    );
  };
}

/** A path that nobody behind us will answer either. */
export function unknownUrl(method: string, path: string): RouteHandler {
  return async () => {
    throw new RequestRefusedError(404, `Unknown request URL: ${method} ${path}.`, {
      wireCode: "unknown_url",
    });
  };
}

/** `HEAD /`: clients warm up their connection with it (wire 5). */
export async function root({ sink, requestId }: Parameters<RouteHandler>[0]): Promise<void> {
  sink.head(200, { "content-length": "0", "x-request-id": requestId });
  sink.end();
}
