import { type ErrorCode, PromptCompilerError } from "../errors.ts";

export interface RefusalFacts {
  /** The field or header at fault. */
  readonly param?: string | undefined;
  /** OpenAI's code for it, e.g. "unknown_url". */
  readonly wireCode?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that the gateway itself turns down, with the HTTP status that says so. */
export class RequestRefusedError extends PromptCompilerError {
  static {
    Object.defineProperty(this.prototype, "name", { value: "RequestRefusedError" });
  }
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, facts: RefusalFacts = {}) {
    const code: ErrorCode = status === 401 || status === 403 ? "PC_FORBIDDEN" : "PC_INVALID_REQUEST";
    super(code, message, facts);
    this.status = status;
    this.headers = facts.headers ?? {};
  }
}

/** 400: the request is not what it has to be. */
export function badRequest(message: string, param?: string): RequestRefusedError {
  return new RequestRefusedError(400, message, { param, wireCode: "invalid_value" });
}

/** 401: we do not know who calls. */
export function unauthenticated(message: string): RequestRefusedError {
  return new RequestRefusedError(401, message, { wireCode: "invalid_api_key" });
}

/** 403: we know who calls, and they may not do this. */
export function forbidden(message: string): RequestRefusedError {
  return new RequestRefusedError(403, message, { wireCode: "permission_denied" });
}

/** 404: a model that is not served, or not to this caller; which of the two is not told apart. */
export function modelNotFound(model: string): RequestRefusedError {
  return new RequestRefusedError(
    404,
    `The model \`${model}\` does not exist or you do not have access to it.`,
    { param: "model", wireCode: "model_not_found" },
  );
}

/** 413: the body is larger than `maxBodyBytes`. */
export function bodyTooLarge(maxBytes: number): RequestRefusedError {
  return new RequestRefusedError(413, `the request body is larger than ${maxBytes} bytes (maxBodyBytes)`, {
    wireCode: "request_too_large",
  });
}
