import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "../nearest-name.ts";
import { UsageError } from "./command.ts";

/** Node's `parseArgs`, for a command whose user is told in a line what is wrong and where to look it up. */
export function parseArguments<const Config extends ParseArgsConfig>(
  command: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const [fact = ""] = error instanceof Error ? error.message.split(/\. |\.?\n/) : [];
    const given = /^Unknown option '(--[^']+)'/.exec(fact)?.[1];
    const meant = given && nearestName(given, Object.keys(config.options ?? {}));
    const hint = meant ? `, did you mean --${meant}?` : "";
    throw new UsageError(`${fact}${hint}; see prompt-compiler ${command} --help`, { cause: error });
  }
}
