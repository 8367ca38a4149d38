/** Reads single fields of a JSON body; a wrong type is the caller's BadRequestException. */
import { badRequest } from './errors.ts';
import type { Json, JsonObject } from './wire-case.ts';

export function optionalString(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw badRequest(`/${name}: expected a string`);
  return value;
}

export function requiredString(body: JsonObject, name: string): string {
  const value = optionalString(body, name);
  if (value === undefined || value === '') throw badRequest(`/${name}: required`);
  return value;
}

export function objectField(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw badRequest(`/${name}: expected an object`);
  return value;
}

export function listField(body: JsonObject, name: string): readonly Json[] {
  const value = body[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw badRequest(`/${name}: expected a list`);
  return value;
}

/** Strings by name, as tags and user metadata are. */
export function stringMap(body: JsonObject, name: string): Record<string, string> {
  const entries = Object.entries(objectField(body, name));
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (typeof value !== 'string') throw badRequest(`/${name}/${key}: expected a string`);
      return [key, value];
    }),
  );
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Seconds since 1970, MediaConvert's form of an instant. */
export function epochSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
