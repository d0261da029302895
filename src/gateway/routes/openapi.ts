import type { Exchange, RouteHandler } from "../exchange.ts";
import { sendJson } from "../exchange.ts";
import { type DocumentedRoute, openApiDocument } from "../openapi/document.ts";
import { PAGE_STYLE, toPage } from "../openapi/page.ts";
import type { OpenApiDocument } from "../openapi/shapes.ts";

/** Handlers of what describes `routes`, which is made when it is first asked for; `operations` is the path before them. */
export function documentation(routes: readonly DocumentedRoute[], operations: string): Documentation {
  let made: OpenApiDocument | undefined;
  const documentAt = (basePath: string): OpenApiDocument => {
    made ??= openApiDocument(routes);
    return basePath === "" ? made : { ...made, servers: [{ url: basePath }] };
  };

  return {
    document: async (exchange) => sendJson(exchange, documentAt(exchange.request.basePath)),

    async page(exchange) {
      const { basePath } = exchange.request;
      const links = {
        document: `${basePath}${operations}/openapi.json`,
        style: `${basePath}${operations}/docs.css`,
      };
      sendText(exchange, "text/html", toPage(documentAt(basePath), links));
    },

    style: async (exchange) => sendText(exchange, "text/css", PAGE_STYLE),
  };
}

interface Documentation {
  /** `GET …/openapi.json` */
  readonly document: RouteHandler;
  /** `GET …/docs` */
  readonly page: RouteHandler;
  /** `GET …/docs.css` */
  readonly style: RouteHandler;
}

/** Nothing but what this origin serves may be loaded, and nothing may frame it. */
function sendText({ sink, requestId }: Exchange, type: "text/html" | "text/css", text: string): void {
  const body = Buffer.from(text);
  sink.head(200, {
    "content-type": `${type}; charset=utf-8`,
    "content-length": String(body.length),
    "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-request-id": requestId,
  });
  sink.end(body);
}
