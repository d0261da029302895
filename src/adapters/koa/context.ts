import type { IncomingMessage } from "node:http";
import type { NodeResponse } from "../node-http.ts";

/** What we use of Koa's context. */
export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: NodeResponse;
  /** Path and query, without what a mount has taken off. */
  readonly url: string;
  readonly path: string;
  /** What a mount has taken off. */
  readonly mountPath?: string | undefined;
  /** `body`: what a parser has made of it. */
  readonly request: object & { readonly body?: unknown };
  /** `false`: Koa leaves the answer to us. */
  respond?: boolean;
}

export type Middleware = (ctx: KoaContext, next: () => Promise<unknown>) => Promise<unknown>;
