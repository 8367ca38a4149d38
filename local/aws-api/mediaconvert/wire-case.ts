/**
 * The two spellings of MediaConvert settings: camelCase on the REST wire, PascalCase in CloudFormation and in the
 * JavaScript SDK. They differ in the first letter only, without exception in the SDK's 3.1169 schema.
 */

/** JSON as it comes. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** Maps whose keys the customer chose ("Audio Selector 1"), which have no other spelling. */
const MAPS = new Set(['audioselectors', 'audioselectorgroups', 'captionselectors', 'dynamicaudioselectors']);

/** PascalCase to camelCase, all the way down. */
export function toCamelCase(value: Json): Json {
  if (Array.isArray(value)) return value.map(toCamelCase);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name.charAt(0).toLowerCase() + name.slice(1),
      isMap(name, child) ? eachValue(child, toCamelCase) : toCamelCase(child),
    ]),
  );
}

/** Path of the first name that begins in the wrong case, such as `/OutputGroups/0/name`; null when all are right. */
export function misspelledName(value: Json, wanted: 'camelCase' | 'PascalCase', path = ''): string | null {
  if (value === null || typeof value !== 'object') return null;
  for (const [name, child] of Object.entries(value) as [string, Json][]) {
    const here = `${path}/${name}`;
    if (!Array.isArray(value) && !/^\d/.test(name)) {
      const first = name.charAt(0);
      if (first !== (wanted === 'PascalCase' ? first.toUpperCase() : first.toLowerCase())) return here;
    }
    const children = isMap(name, child) ? Object.values(child) : [child];
    for (const each of children) {
      const found = misspelledName(each, wanted, here);
      if (found !== null) return found;
    }
  }
  return null;
}

function eachValue(map: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, child]) => [key, change(child)]));
}

function isMap(name: string, child: Json): child is JsonObject {
  return MAPS.has(name.toLowerCase()) && child !== null && typeof child === 'object' && !Array.isArray(child);
}
