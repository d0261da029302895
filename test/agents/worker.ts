import { failure, type UpstreamAnswer, type UpstreamRequest } from "../upstream.ts";
import type { Job } from "./agent.ts";
import type { Offered, Speech } from "./speech.ts";

/** The id of the one call that a worker makes. */
export const CALL_ID = "call_1";
export const DONE = "The file is there now";

/**
 * A scripted model that does a job: it calls the tool, if the agent offers it, and when the result is there it says that all
 * is done. What comes without the tool, a title is asked for, gets a word.
 *
 * @param mishap - what happens in place of the nth answer about the job, counted from 0; `undefined`: nothing
 */
export function worker(
  speech: Speech,
  job: Job,
  folder: string,
  mishap: (index: number) => UpstreamAnswer | undefined = () => undefined,
): (request: UpstreamRequest) => UpstreamAnswer {
  let asked = 0;
  return (request) => {
    const tool = speech.offers(request.json).find((each) => isNamed(each, job.tool));
    if (tool === undefined) return speech.say(request, "Title");
    asked += 1;
    const results = speech.results(request.json);
    if (results.length > 1) return failure(400, { message: "the tool was run twice" });
    return (
      mishap(asked - 1) ??
      (results.length === 1
        ? speech.say(request, DONE)
        : speech.call(request, CALL_ID, tool, job.input(folder)))
    );
  };
}

/** Where a wire has no namespaces, their name is in front. */
function isNamed({ name }: Offered, tool: string): boolean {
  return name === tool || name.endsWith(`__${tool}`);
}
