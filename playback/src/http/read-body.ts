/** The body of a POST: a JSON object of a few kilobytes, or a refusal. */

import { isObject } from '../arguments.ts';
import { type Refusal, refusal } from './answers.ts';

/** Both have both names: what is not there would be looked for in `Object.prototype`. */
export type Body =
  | { readonly fields: Readonly<Record<string, unknown>>; readonly refused: undefined }
  | { readonly fields: undefined; readonly refused: Refusal };

const MOST_BYTES = 8_192;
const TOO_LARGE = refusal(413, 'BODY_TOO_LARGE', 'The request body is too large');
const NOT_JSON = refusal(400, 'BODY_INVALID', 'The request body must be a JSON object');
const WRONG_TYPE = refusal(415, 'CONTENT_TYPE_INVALID', 'The content type must be application/json');

/**
 * A page of another site can send a form or plain text without asking; JSON by its content type it cannot.
 *
 * @see https://fetch.spec.whatwg.org/#cors-safelisted-request-header
 */
export async function readBody(request: Request): Promise<Body> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json') return refusedAs(WRONG_TYPE);
  if (Number(request.headers.get('content-length')) > MOST_BYTES) return refusedAs(TOO_LARGE);
  const bytes = await readBytes(request);
  if (bytes === undefined) return refusedAs(TOO_LARGE);
  const value = parse(bytes);
  // Without a prototype, so that an absent field is absent whatever was put into Object.prototype.
  return isObject(value)
    ? { fields: Object.assign(Object.create(null), value), refused: undefined }
    : refusedAs(NOT_JSON);
}

function refusedAs(refused: Refusal): Body {
  return { fields: undefined, refused };
}

/** @returns `undefined` where there are too many; what a sender says of the length is not trusted */
async function readBytes(request: Request): Promise<Uint8Array | undefined> {
  if (request.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > MOST_BYTES) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
