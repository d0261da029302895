import type { GatewayOptions } from "../config/gateway-options.ts";
import { newRequestId } from "../request-id.ts";
import { wireOf } from "./audience.ts";
import type { Gateway } from "./gateway.ts";
import { whyNotLoopback } from "./loopback.ts";
import { RequestRefusedError } from "./refusal.ts";
import { createRouter } from "./route-table.ts";
import { sendError, WatchedSink } from "./send-error.ts";

/**
 * Stands in for a gateway that could not be made: its paths get a 500, the host's stay the host's. A caller on this
 * machine, who is likely the one to mend it, is told what is wrong.
 */
export function createFailedGateway(error: unknown, options: GatewayOptions = {}): Gateway {
  return {
    route: createRouter(options),

    async handle(route, request, sink) {
      const reason =
        whyNotLoopback(request) === undefined && error instanceof Error ? `: ${error.message}` : "";
      const refusal = new RequestRefusedError(500, `prompt-compiler is not configured correctly${reason}`, {
        wireCode: "not_configured",
        headers: { "x-should-retry": "false" },
      });
      sendError(new WatchedSink(sink), refusal, newRequestId(), wireOf(route, request.headers));
    },
  };
}
