import { describe, it } from "vitest";
import { expected, faults, positions } from "./faults.ts";
import { runFault } from "./run-fault.ts";

// Every status × every error shape × every position (defect 26); the number of requests is exact (defect 21).
describe.concurrent.each(faults)("$name, $mode", (fault) => {
  it.for(positions)("at the %s of three deployments", async (position, { expect }) => {
    const run = await runFault(fault, position);

    const { requests, seen, retryAfter } = expected(fault, position);
    expect(run).toMatchObject({ requests, seen, kind: fault.kind });
    // Whatever the form in which the upstream said it (defect 22); some of the time until a date has passed meanwhile.
    if (fault.name.endsWith("a date")) expect(toHours(run.retryAfter)).toBe(toHours(retryAfter));
    else expect(run.retryAfter).toBe(retryAfter);
    if (seen === "200") expect(saidIn(run.text)).toBe("all is well");
    // The beginning once, an error at the end, and no sign of completeness (defects 7, 8, 9).
    if (fault.follow === "in-band" && position === "first") {
      expect(run.text.match(/Hello/g)).toHaveLength(1);
      expect(run.text.match(/"error"/g)).toHaveLength(1);
      expect(run.text).not.toContain("[DONE]");
    }
  });
});

function toHours(seconds: number | undefined): number | undefined {
  return seconds && Math.round(seconds / 3_600);
}

/** The words of an answer, whole or streamed. */
function saidIn(text: string): string {
  return [...text.matchAll(/"content":"([^"]*)"/g)].map(([, content]) => content).join("");
}
