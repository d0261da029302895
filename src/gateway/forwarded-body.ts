/**
 * The body of a request that is forwarded, and the model it names.
 *
 *     JSON                     read whole; the model's name is spliced
 *     a form that may name it  its beginning is looked through; where the model is not there, or a key limits models, all
 *                              of it; the rest follows as it comes
 *     anything else            as it comes
 *
 * @throws RequestRefusedError 400, 413: as every body
 */
import { askedModels } from "../wires/asked-models.ts";
import { editJson } from "../wires/edit.ts";
import { asString } from "../wires/read.ts";
import { readCallBody } from "./call.ts";
import { isJsonType } from "./content-type.ts";
import type { Exchange } from "./exchange.ts";
import { boundaryOf, type FieldSpan, modelFields } from "./form-model.ts";
import type { ForwardedPath } from "./forwarded-paths.ts";
import type { JsonRequest } from "./read-request.ts";
import { badRequest } from "./refusal.ts";

type Bytes = Uint8Array | AsyncIterable<Uint8Array>;

/** A body, and how it is for a deployment that calls the model by another name. */
export interface ForwardedBody {
  readonly model: string | undefined;
  /** Every model it names, for whoever may use some only. */
  readonly models: readonly (string | undefined)[];
  /** Bytes that are held; of a stream, those of its beginning. */
  readonly held: number;
  withModel(model: string | undefined): Bytes | undefined;
}

const UNNAMED = { model: undefined, models: [undefined], held: 0 } as const;

/** In which the fields of most forms stand, where they do not stand behind the file. */
const BEGINNING = 64 * 1024;

export async function readForwardedBody(exchange: Exchange, path: ForwardedPath): Promise<ForwardedBody> {
  const { method, headers } = exchange.request;
  if (method !== "POST") return { ...UNNAMED, withModel: () => undefined };
  const contentType = asString(headers["content-type"]);
  if (isJsonType(contentType)) return jsonBody(await readCallBody(exchange));
  const boundary = path.formModel ? boundaryOf(contentType) : undefined;
  const chunks = exchange.request.chunks(exchange.maxFileBytes);
  return boundary === undefined
    ? { ...UNNAMED, withModel: () => chunks }
    : readForm(exchange, chunks, boundary);
}

/** A JSON object that is handed on. @param source - its bytes, where they are there */
export function jsonBody({ body, source }: JsonRequest): ForwardedBody {
  const bytes = source ?? Buffer.from(JSON.stringify(body));
  return {
    model: asString(body["model"]),
    models: askedModels(body),
    held: bytes.length,
    withModel: (model) =>
      model === undefined || model === body["model"]
        ? bytes
        : (editJson(bytes, { set: { model } }) ?? Buffer.from(JSON.stringify({ ...body, model }))),
  };
}

async function readForm(
  { principal }: Exchange,
  chunks: AsyncIterable<Uint8Array>,
  boundary: string,
): Promise<ForwardedBody> {
  const source = chunks[Symbol.asyncIterator]();
  const begun: Uint8Array[] = [];
  let length = 0;
  /** Reads on, up to so many bytes or the end. @returns what is there by then */
  const readUpTo = async (bytes: number): Promise<Buffer> => {
    while (length < bytes) {
      const { done, value } = await source.next();
      if (done) break;
      begun.push(value);
      length += value.length;
    }
    return Buffer.concat(begun);
  };

  let beginning = await readUpTo(BEGINNING);
  let fields = modelFields(beginning, boundary);
  // Whoever may use some models only must not name one here and another one further down.
  if (fields.length === 0 || principal.models !== undefined) {
    beginning = await readUpTo(Number.POSITIVE_INFINITY);
    fields = modelFields(beginning, boundary);
  }
  const [field, another] = fields;
  if (another !== undefined && principal.models !== undefined) {
    throw badRequest("the form names its model twice", "model");
  }
  return {
    model: field?.value,
    models: [field?.value],
    held: beginning.length,
    withModel: (model) => follow(renamed(beginning, field, model), source),
  };
}

function renamed(bytes: Buffer, field: FieldSpan | undefined, model: string | undefined): Uint8Array {
  if (field === undefined || model === undefined || model === field.value) return bytes;
  return Buffer.concat([bytes.subarray(0, field.start), Buffer.from(model), bytes.subarray(field.end)]);
}

async function* follow(beginning: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield beginning;
  for (;;) {
    const { done, value } = await rest.next();
    if (done) return;
    yield value;
  }
}
