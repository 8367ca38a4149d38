/** What a store accepts: bounds that every database can keep, each with one refusal. Values are never echoed. */

import { PlaybackError } from '../errors.ts';

/** Bytes of UTF-8. */
const LONGEST_ID = 256;
const LONGEST_FINDING_ID = 128;
const LONGEST_DETAILS = 4_096;
const LONGEST_WRAPPED_KEY = 4_096;
const LARGEST_LIMIT = 100;
const LARGEST_PAGE = 1_000;
export const LARGEST_VERSION = 999_999;
const LARGEST_POSITION = 10_000_000;
/** What a database of decimal numbers can keep; smaller positions are 0 to everybody. */
const SMALLEST_POSITION = 1e-9;
const MOST_STREAM_IDS = 100;
/** The last millisecond of the year 9999: later instants have a longer text, which sorts wrongly. */
const LATEST = Date.UTC(10_000, 0) - 1;

/** What no text may have that is part of a key: control characters, and lone surrogates, which UTF-8 cannot hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const UNFIT_FOR_KEYS = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;
const UNFIT_FOR_TEXT = /\p{Surrogate}/u;

/** 1 to 256 bytes without control characters: the id of a user, a lesson, a title, a device, a stream; an activity type. */
export function assertId(name: string, value: unknown): asserts value is string {
  assertText(name, value, LONGEST_ID);
  if (value === '') throw refused(name, 'must not be empty');
  if (UNFIT_FOR_KEYS.test(value)) throw refused(name, 'must not have control characters; strip them');
}

/** @param bytes at most, in UTF-8 */
export function assertText(name: string, value: unknown, bytes: number): asserts value is string {
  if (typeof value !== 'string') throw refused(name, `must be a string, got ${typeName(value)}`);
  const length = Buffer.byteLength(value);
  if (length > bytes) throw refused(name, `must have at most ${bytes} bytes, got ${length}; shorten it`);
  if (UNFIT_FOR_TEXT.test(value)) {
    throw refused(name, 'must be well-formed Unicode; it was cut within a character');
  }
}

export function assertFindingId(name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || !/^[\w-]+$/.test(value) || value.length > LONGEST_FINDING_ID) {
    throw refused(name, `must be 1 to ${LONGEST_FINDING_ID} letters, digits, - and _; hash what is longer`);
  }
}

export function assertInstant(name: string, value: unknown): asserts value is Date {
  const milliseconds = value instanceof Date ? value.getTime() : Number.NaN;
  if (!(milliseconds >= 0 && milliseconds <= LATEST)) {
    throw refused(name, `must be a valid Date from 1970 to 9999, got ${typeName(value)}`);
  }
}

/** Of devices or streams. */
export function assertLimit(name: string, value: unknown): asserts value is number {
  assertInteger(name, value, LARGEST_LIMIT);
}

/** Of a page. */
export function assertPageLimit(name: string, value: unknown): asserts value is number {
  assertInteger(name, value, LARGEST_PAGE);
}

export function assertVersion(name: string, value: unknown): asserts value is number {
  assertInteger(name, value, LARGEST_VERSION);
}

export function assertPosition(name: string, value: unknown): asserts value is number {
  const isKept = value === 0 || (typeof value === 'number' && value >= SMALLEST_POSITION);
  if (!isKept || value > LARGEST_POSITION) {
    throw refused(name, `must be seconds from 0 to ${LARGEST_POSITION}, got ${typeName(value)}`);
  }
}

export function assertCount(name: string, value: unknown): asserts value is number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw refused(name, `must be an integer from 0, got ${typeName(value)}`);
  }
}

export function assertStreamIds(name: string, value: unknown): asserts value is readonly string[] {
  if (!Array.isArray(value) || value.length > MOST_STREAM_IDS) {
    throw refused(name, `must be up to ${MOST_STREAM_IDS} ids, the newest last; drop the first ones`);
  }
  for (const id of value) assertId(name, id);
}

export function assertBytes(name: string, value: unknown): asserts value is Uint8Array {
  const isKept =
    value instanceof Uint8Array && value.byteLength > 0 && value.byteLength <= LONGEST_WRAPPED_KEY;
  if (!isKept) throw refused(name, `must be a Uint8Array of 1 to ${LONGEST_WRAPPED_KEY} bytes`);
}

/** @returns `details` as JSON */
export function detailsText(name: string, value: unknown): string {
  let text: string | undefined;
  try {
    text = typeof value === 'object' && value !== null && !Array.isArray(value) ? JSON.stringify(value) : '';
  } catch {
    // A circle, a BigInt, or a toJSON that throws.
  }
  if (!text) throw refused(name, `must be an object that JSON can hold, got ${typeName(value)}`);
  const length = Buffer.byteLength(text);
  if (length > LONGEST_DETAILS) {
    throw refused(name, `must have at most ${LONGEST_DETAILS} bytes as JSON, got ${length}; shorten it`);
  }
  return text;
}

export function refused(name: string, why: string): PlaybackError {
  return new PlaybackError('ERR_STORE_VALUE', `"${name}" ${why}`);
}

function assertInteger(name: string, value: unknown, largest: number): asserts value is number {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > largest) {
    throw refused(name, `must be an integer from 1 to ${largest}, got ${typeName(value)}`);
  }
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'another Date';
  return typeof value === 'number' ? String(value) : typeof value;
}
