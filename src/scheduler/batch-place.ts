import { codecFor } from "../wires/index.ts";
import { asString } from "../wires/read.ts";
import type { Wire, WireBody } from "../wires/wire.ts";
import type { Pool } from "./pool.ts";
import type { PooledDeployment } from "./pooled-deployment.ts";
import type { BatchApi } from "./providers/provider.ts";

/** A deployment that takes whole batches. */
export interface BatchPlace {
  /** Its id. */
  readonly deployment: string;
  readonly api: BatchApi;
  /** A request as this deployment gets it. */
  toSent(body: WireBody): WireBody;
}

/**
 * The one deployment that serves all of these models over this wire, if there is one and its provider takes batches.
 *
 * @param models - as requested; `undefined`: the choice is left to the pool
 */
export function batchPlaceOf(
  pool: Pool,
  wire: Wire,
  models: ReadonlySet<string | undefined>,
): BatchPlace | undefined {
  const places = new Set<PooledDeployment>();
  for (const model of models) {
    for (const deployment of pool.tryServing(model, wire)?.deployments ?? [undefined]) {
      if (deployment === undefined) return undefined;
      places.add(deployment);
    }
  }
  const [place, ...others] = places;
  const api = place?.provider.batchApi;
  if (place === undefined || api === undefined || others.length > 0) return undefined;
  // A vendor's batch is not translated.
  if (!place.provider.wires.includes(wire)) return undefined;
  return {
    deployment: place.id,
    api,
    toSent(body) {
      const requested = pool.tryServing(asString(body["model"]), wire)?.model ?? place.model;
      const dropped = (place.provider.rejects ?? []).filter((name) => Object.hasOwn(body, name));
      const change = { model: place.sentModel ?? requested, dropped };
      return codecFor(wire).forDeployment({ wire, body }, change).body;
    },
  };
}
