import { describeValue } from "../config/check.ts";
import type { PromptCompilerOptions } from "../config/compiler-options.ts";
import type { GatewayOptions } from "../config/gateway-options.ts";
import { parseGatewayOptions, parseMiddlewareOptions } from "../config.ts";
import { defaultCompiler } from "../default-compiler.ts";
import { createPromptCompiler, isPromptCompiler, type PromptCompiler } from "../prompt-compiler.ts";
import { isRecord } from "../wires/read.ts";
import { createFailedGateway } from "./failed-gateway.ts";
import { createGateway, type Gateway } from "./gateway.ts";

/** A compiler, or options for one, and options of its HTTP surface, in one object. */
export type MiddlewareOptions = GatewayOptions &
  ((PromptCompilerOptions & { readonly compiler?: undefined }) | { readonly compiler: PromptCompiler });

/**
 * The gateway of whatever an adapter was given: a compiler, options for one, or nothing of the sort. Nothing means
 * the process-wide default, which is made at the first request; where that fails the request is told so, and the
 * next one tries again.
 *
 * @param where - the function that was called, for messages
 * @throws TypeError or RangeError for mistakes in options, at once
 */
export function gatewayFor(
  given: PromptCompiler | MiddlewareOptions | undefined,
  where: string,
): () => Gateway | Promise<Gateway> {
  if (isPromptCompiler(given)) return always(createGateway(given));
  if (given !== undefined && !isOptions(given)) {
    throw new TypeError(`${where}: options must be a compiler or an object, got ${describeValue(given)}`);
  }
  const { compiler, ...options } = given ?? {};
  if (compiler !== undefined && !isPromptCompiler(compiler)) {
    const found = describeValue(compiler);
    throw new TypeError(`${where}: compiler must be a compiler, e.g. createPromptCompiler(), got ${found}`);
  }
  if (compiler !== undefined) return always(createGateway(compiler, parseGatewayOptions(options, where)));

  const parsed = parseMiddlewareOptions(options, where);
  if (Object.keys(parsed.compiler).length === 0) return ofDefaultCompiler(parsed.gateway);
  return always(createGateway(createPromptCompiler(parsed.compiler), parsed.gateway));
}

/** Not a name or an array, and not what has yet to become a compiler: `pcMiddleware(defaultCompiler())`. */
function isOptions(given: unknown): boolean {
  return isRecord(given) && !(given instanceof Promise);
}

function always(gateway: Gateway): () => Gateway {
  return () => gateway;
}

function ofDefaultCompiler(options: GatewayOptions): () => Gateway | Promise<Gateway> {
  let made: Gateway | undefined;
  const make = async (): Promise<Gateway> => {
    try {
      const { compiler, gateway } = await defaultCompiler();
      made ??= createGateway(compiler, { ...gateway, ...options });
      return made;
    } catch (error) {
      return createFailedGateway(error, options);
    }
  };
  return () => made ?? make();
}
