/** Calls of AWS's JSON protocol: one operation by its `X-Amz-Target`, input and output as JSON. */
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import { AwsError } from './aws-error.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface JsonCall {
  /** `GetSecretValue`, …; empty for a call of another protocol. */
  readonly operation: string;
  readonly input: JsonObject;
}

/** @throws AwsError SerializationException for a body that is not a JSON object */
export function jsonCallOf(request: ApiRequest): JsonCall {
  const operation = request.headers['x-amz-target']?.toString().split('.').at(-1) ?? '';
  return { operation, input: operation === '' ? {} : parseObject(request.body) };
}

export function jsonAnswer(output: object, status = 200): ApiAnswer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(output),
  };
}

/** The output of an answer that moto gave; an empty body is no output. */
export function outputOf(answer: ApiAnswer): JsonObject {
  return parseObject(answer.body ?? '');
}

/** A member of the input or output as text; empty where it is missing. */
export function textAt(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** A member that is an object; empty where it is missing. */
export function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return isObject(value) ? value : {};
}

/** A member that is a list of objects; empty where it is missing. */
export function objectsAt(object: JsonObject, name: string): readonly JsonObject[] {
  const value = object[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function parseObject(text: string): JsonObject {
  if (text === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would quote the body.
  }
  if (!isObject(value)) throw new AwsError(400, 'SerializationException', 'expected a JSON object');
  return value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
