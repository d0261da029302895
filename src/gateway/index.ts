/** What "prompt-compiler/gateway" exports: the HTTP surface for a server that is none of the adapters'. */
export type { CallDefaults, GatewayKey, GatewayOptions, Principal } from "../config/gateway-options.ts";
export { createGateway, type Gateway } from "./gateway.ts";
export type { GatewayBody, GatewayRequest, GatewaySink, HeaderMap } from "./http.ts";
export { type RefusalFacts, RequestRefusedError } from "./refusal.ts";
export type { Route, Router } from "./route-table.ts";
