import { cacheMarksOf } from "../wires/cache-marks.ts";
import { codecFor } from "../wires/index.ts";
import type { Wire, WireRequest } from "../wires/wire.ts";
import type { CompiledContext } from "./compile.ts";

/**
 * The request of a compiled call as one deployment is sent it: told up to where to cache it, if it takes that.
 *
 * @param model - the name that is sent
 * @param spoken - the wire the deployment is asked in; `undefined`: no deployment in particular
 */
export function render(
  { request, cachePlan }: Pick<CompiledContext, "request" | "cachePlan">,
  model: string,
  spoken: Wire | undefined,
): WireRequest {
  if (cachePlan === undefined || spoken === undefined) return request;
  const marks = cacheMarksOf(request.wire, spoken, model);
  return marks === undefined ? request : codecFor(request.wire).withCacheMarks(request, cachePlan, marks);
}
