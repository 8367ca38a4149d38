/** Calls of AWS's JSON protocol: one operation by its `X-Amz-Target`, input and output as JSON. */
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import { AwsError } from './aws-error.ts';
import { type CredentialScope, credentialScopeOf } from './credential-scope.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The whole call: anything that is not in here is neither judged nor passed on to moto. */
export interface JsonCall {
  readonly scope: CredentialScope;
  /** `secretsmanager.GetSecretValue`, … */
  readonly target: string;
  /** `GetSecretValue`, … */
  readonly operation: string;
  readonly contentType: string;
  readonly input: JsonObject;
}

/**
 * Reads a call in the one form in which SDKs send it. moto takes the operation and its input from a query or a form as
 * well, and prefers them to the target and the body.
 *
 * @see https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 * @throws AwsError 400 for any other form, a query included, and for a body that is not a JSON object
 */
export function jsonCallOf({ method, path, query, headers, body }: ApiRequest): JsonCall {
  const scope = credentialScopeOf({ headers });
  const target = headers['x-amz-target']?.toString() ?? '';
  const contentType = headers['content-type'] ?? '';
  const [, operation] = /^\w+\.(\w+)$/.exec(target) ?? [];
  if (scope === null || operation === undefined || method !== 'POST' || path !== '/' || query.size > 0) {
    const message = 'expected POST / with no query and with the operation in x-amz-target';
    throw new AwsError(400, 'UnknownOperationException', message);
  }
  if (!/^application\/x-amz-json-1\.[01]$/.test(contentType)) {
    const message = 'expected the content type application/x-amz-json-1.0 or application/x-amz-json-1.1';
    throw new AwsError(400, 'SerializationException', message);
  }
  return { scope, target, operation, contentType, input: parseObject(body) };
}

/**
 * Input as JSON in which moto finds no form: it looks for one in every body, and one in a text of the input would name
 * another operation. Only texts can have these two characters.
 */
export function jsonBody(input: object): string {
  return JSON.stringify(input).replaceAll('&', '\\u0026').replaceAll('=', '\\u003d');
}

/** The same call of another operation of the same service. */
export function withOperation(call: JsonCall, operation: string, input: JsonObject): JsonCall {
  const target = call.target.replace(/\w+$/, operation);
  return { ...call, target, operation, input };
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
