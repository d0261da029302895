/** `prompt-compiler context`: what agents have shared, taken out, put in, looked through and forgotten. */
import { parsePositiveInteger } from "../../config/number-text.ts";
import { resolveDefaultOptions } from "../../config.ts";
import { isPromptCompilerError } from "../../errors.ts";
import { nearestName } from "../../nearest-name.ts";
import { parseArguments } from "../arguments.ts";
import { type Command, orUsageError, UsageError } from "../command.ts";
import { ACTIONS } from "./actions.ts";
import { openContexts } from "./open-contexts.ts";

/** Everything that is done to shared context by hand. */
export const context: Command = {
  name: "context",
  summary: "list, search, export, import and forget what agents have shared",
  help: `Usage: prompt-compiler context <what> [options]

  list                     the newest entries that an agent may read
  search <question>        what matches the question best of them
  export                   everything owned, as lines of JSON on standard output
  import <file>            puts such lines in; - is standard input
  forget <id>              takes an entry out, and every copy of it
  forget --agent <agent>   all that an agent owns
  forget --all             all of the tenant

  --tenant <tenant>   whose context; default: the tenant of calls without a key
  --agent <agent>     the agent it is about; list and search need one
  --group <group>     what the agent reads in this group, rather than its own
  --limit <number>    of list and search, default 20
  --json              lines of JSON rather than a table
  --url <address>     ask this server, rather than open the storage
  --key <key>         the tenant's key there; default: its key in PC_API_KEYS

It opens the storage that "serve" would (PC_DATA_DIR, REDIS_URL). Where a server has
the directory open, it asks that server, at HOST and PORT as "serve" reads them.

Try it:
  prompt-compiler context search "deposit of the hotel" --agent planner
  prompt-compiler context export > context.jsonl`,

  async run(args, terminal) {
    const { action, argument, values, limit } = await orUsageError(() => parse(args));
    const options = await orUsageError(() => resolveDefaultOptions(terminal.env, terminal.directory));
    const { tenant, agent: agentId, group, url, key } = values;
    const { contexts, close } = await openContexts(options, { tenant, url, key });
    try {
      await action({
        contexts,
        call: { tenant, agentId, group },
        argument,
        all: values.all ?? false,
        limit,
        json: values.json ?? false,
        terminal,
      });
    } catch (error) {
      terminal.showProgress("");
      throw isPromptCompilerError(error) ? new UsageError(error.message, { cause: error }) : error;
    } finally {
      await close();
    }
    return 0;
  },
};

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const { positionals, values } = parseArguments("context", {
    args: [...args],
    allowPositionals: true,
    options: {
      tenant: text,
      agent: text,
      group: text,
      limit: text,
      url: text,
      key: text,
      json: { type: "boolean" },
      all: { type: "boolean" },
    },
  });
  const [name = "", argument, ...more] = positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  const meant = nearestName(name, Object.keys(ACTIONS));
  if (action === undefined) {
    const hint = meant === undefined ? "" : `, did you mean ${meant}?`;
    throw new UsageError(
      `context does not know ${JSON.stringify(name)}${hint}; see prompt-compiler context --help`,
    );
  }
  if (more.length > 0)
    throw new UsageError(`${name} takes one argument, got also ${JSON.stringify(more[0])}`);
  return { action, argument, values, limit: parsePositiveInteger("--limit", values.limit) ?? 20 };
}
