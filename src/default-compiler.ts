import type { GatewayOptions } from "./config/gateway-options.ts";
import { resolveDefaultOptions } from "./config.ts";
import { createPromptCompiler, type PromptCompiler } from "./prompt-compiler.ts";

/** The compiler that adapters use when they are given nothing, and what the environment says of its door. */
export interface ProcessDefault {
  readonly compiler: PromptCompiler;
  readonly gateway: GatewayOptions;
}

/** On the global object, so that the ESM and the CommonJS copy of this package share one. */
const KEY = Symbol.for("prompt-compiler.default");

type Holder = { [KEY]?: Promise<ProcessDefault> };

/**
 * The process-wide default, made on first use from `prompt-compiler.config.{json,mjs,js}` and the environment. A
 * mistake in those rejects, and is looked at afresh at the next use.
 */
export function defaultCompiler(): Promise<ProcessDefault> {
  const holder = globalThis as Holder;
  holder[KEY] ??= make().catch((error: unknown) => {
    delete holder[KEY];
    throw error;
  });
  return holder[KEY];
}

async function make(): Promise<ProcessDefault> {
  const { compiler, gateway } = await resolveDefaultOptions();
  return { compiler: createPromptCompiler(compiler), gateway };
}
