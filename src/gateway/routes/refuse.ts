import type { RouteHandler } from "../exchange.ts";
import { RequestRefusedError } from "../refusal.ts";

/**
 * A known path, but not by this method. Clients that would rather have a WebSocket ask for it so; told that there is none,
 * they ask again as the others do (wire 9).
 */
export function wrongMethod(method: string, path: string, allowed: readonly string[]): RouteHandler {
  return async ({ request }) => {
    if (request.headers["upgrade"] !== undefined) {
      throw new RequestRefusedError(426, `${path} speaks HTTP only: ${allowed.join(", ")}`, {
        wireCode: "upgrade_required",
        headers: { connection: "close" },
      });
    }
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
