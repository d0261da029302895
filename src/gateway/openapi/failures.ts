/** What can go wrong, by status, in the words of the two kinds of wires that are served. */
import { type ErrorStatus, failureStatus } from "../../failure-status.ts";
import { codecFor } from "../../wires/index.ts";
import type { Wire } from "../../wires/wire.ts";
import type { Json } from "./shapes.ts";

interface Failure extends Pick<ErrorStatus, "type" | "code"> {
  readonly why: string;
  readonly message: string;
  readonly param?: string | undefined;
}

const INVALID = "invalid_request_error";

/** An example of each status; whatever else has that status has the same shape. */
const failures: Readonly<Record<number, Failure>> = {
  400: {
    why: "The request is not what it must be, as we or the deployment see it.",
    type: INVALID,
    code: "invalid_type",
    message: "'temperature' must be a number, got a string",
    param: "temperature",
  },
  401: {
    why: "There is no key, or it is not one of ours. The deployment's own 401 is a 502.",
    type: INVALID,
    code: "invalid_api_key",
    message: "no such API key",
  },
  403: {
    why: "The key may not do this, or the caller is not on this machine.",
    type: INVALID,
    code: "permission_denied",
    message: "this key may not call this route",
  },
  404: {
    why: "Nobody serves the model, or there is no such object.",
    type: INVALID,
    code: "model_not_found",
    message: "The model `x` does not exist or you do not have access to it.",
    param: "model",
  },
  409: {
    why: "Something else holds what the request needs.",
    ...failureStatus["conflict"],
    message: "every attempt failed: up: conflict (409)",
  },
  413: {
    why: "The body is larger than `maxBodyBytes`.",
    type: INVALID,
    code: "request_too_large",
    message: "the request body is larger than 67108864 bytes (maxBodyBytes)",
  },
  429: {
    why: "A rate limit, theirs or ours; or no quota is left, and then x-should-retry is false.",
    ...failureStatus["rate-limited"],
    message: "every deployment of the model is at its limit",
  },
  500: {
    why: "A mistake of ours.",
    type: "server_error",
    code: "internal_error",
    message: "internal error",
  },
  502: {
    why: "The deployment failed, cannot be reached, or refused our key.",
    ...failureStatus.network,
    message: "every attempt failed: up: network (ECONNREFUSED)",
  },
  503: {
    why: "Too much is under way, or every deployment is left alone for a while.",
    ...failureStatus.overloaded,
    message: "every attempt failed: up: overloaded (503)",
  },
  504: {
    why: "The deployment, or the call as a whole, took too long.",
    ...failureStatus.timeout,
    message: "every attempt failed: up: timeout",
  },
};

/** Whose words an operation's failures are told in. */
type Told = "OpenAI" | "Anthropic";

const told = (wire: Wire | undefined): Told => (wire === "messages" ? "Anthropic" : "OpenAI");

/** The failures of an operation, as references into the components. */
export function failuresOf(wire: Wire | undefined): Readonly<Record<string, Json>> {
  const names = Object.keys(failures);
  return Object.fromEntries(
    names.map((status) => [status, { $ref: `#/components/responses/${told(wire)}${status}` }]),
  );
}

/** Every failure in each kind of words. */
export function failureComponents(): Readonly<Record<string, Json>> {
  const each = Object.entries(failures);
  return Object.fromEntries(
    (["chat", "messages"] as const).flatMap((wire) =>
      each.map(([status, failure]) => [told(wire) + status, toResponse(Number(status), failure, wire)]),
    ),
  );
}

/** Statuses after which it is said whether and when to come back. */
const WAITS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

function toResponse(status: number, { why, message, type, code, param }: Failure, wire: Wire): Json {
  const { errorBody, requestIdHeader } = codecFor(wire);
  const schema = wire === "messages" ? "AnthropicError" : "Error";
  const headers = [requestIdHeader, ...(WAITS.has(status) ? Object.keys(WAIT_HEADERS) : [])];
  return {
    description: why,
    headers: Object.fromEntries(headers.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    content: {
      "application/json": {
        schema: { $ref: `#/components/schemas/${schema}` },
        example: errorBody({ status, message, type, code, param: param ?? null, requestId: "req_1" }),
      },
    },
  };
}

/** What failures say in their head of trying again. */
export const WAIT_HEADERS: Readonly<Record<string, string>> = {
  "retry-after": "Seconds after which the same call may succeed.",
  "retry-after-ms": "The same in milliseconds.",
  "x-should-retry": '"false": the same call would fail again.',
};
