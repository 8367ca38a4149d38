/** Content keys in a job's settings: the transcoder gets them, and nobody reads them back. On AWS all that may read a job can. */
import { isObject } from './fields.ts';
import type { Json, JsonObject } from './wire-case.ts';

const KEY_FIELD = 'staticKeyValue';
const SHOWN = 'hidden by the local AWS API';

/** A copy without the values of content keys. */
export function withoutContentKeys(settings: JsonObject): JsonObject {
  return hide(settings) as JsonObject;
}

function hide(value: Json): Json {
  if (Array.isArray(value)) return value.map(hide);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      name === KEY_FIELD && child !== undefined && child !== null ? SHOWN : hide(child as Json),
    ]),
  ) as JsonObject;
}
