export { createGateway, type Gateway } from "./gateway.ts";
export type { GatewayBody, GatewayRequest, GatewaySink, HeaderMap } from "./http.ts";
export type { GatewayKey } from "./keys.ts";
export { type GatewayOptions, gatewayDefaults } from "./options.ts";
export type { CallDefaults, Principal } from "./principal.ts";
export { RequestRefusedError } from "./refusal.ts";
export type { Route, Router } from "./route-table.ts";
