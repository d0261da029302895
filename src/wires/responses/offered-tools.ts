import { asArray, isRecord } from "../read.ts";
import type { WireBody } from "../wire.ts";
import { typeOf } from "./turns.ts";

/** A tool that the model may call, or a namespace of them, and where the request says so. */
export interface OfferedTool {
  readonly tool: WireBody;
  readonly path: string;
}

/** The tools of a request, and those that its input adds on the way: some clients offer all of theirs there. */
export function offeredTools({ tools, input }: WireBody): readonly OfferedTool[] {
  const added = asArray(input).flatMap((item, index) =>
    isRecord(item) && addsTools(item) ? placed(item["tools"], `input[${index}].tools`) : [],
  );
  return [...placed(tools, "tools"), ...added];
}

/** Whether an item says nothing but which tools there are from now on. */
export function addsTools(item: WireBody): boolean {
  return typeOf(item) === "additional_tools";
}

function placed(tools: unknown, path: string): readonly OfferedTool[] {
  return asArray(tools).flatMap((tool, index) => (isRecord(tool) ? { tool, path: `${path}[${index}]` } : []));
}
