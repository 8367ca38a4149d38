/** A record of the library that is not what its schema says. Pure. */
import type { z } from 'zod';

/** Names the record and what is wrong in it; nothing writes over such a record. */
export class BrokenRecordError extends Error {
  override readonly name = 'BrokenRecordError';
  readonly key: string;
  /** One line for each field: its path, and what was expected. Values of the record are not in it. */
  readonly problems: readonly string[];
  /** What is wrong, for a sentence of the caller's about what was changed all the same. */
  readonly what: string;

  /** @param remedy - default: to correct it */
  constructor(
    key: string,
    problems: readonly string[],
    remedy = 'correct it, or restore its earlier version',
  ) {
    const what = `${key} in the masters bucket is not a valid record (${shortened(problems)})`;
    super(`${what}: ${remedy}; nothing was changed`);
    this.what = what;
    this.key = key;
    this.problems = problems;
  }
}

const MOST_PROBLEMS = 5;

function shortened(problems: readonly string[]): string {
  const others = problems.length - MOST_PROBLEMS;
  return [...problems.slice(0, MOST_PROBLEMS), ...(others > 0 ? [`and ${others} more`] : [])].join('; ');
}

/** @throws BrokenRecordError */
export function parseRecord<R>(key: string, text: string, schema: z.ZodType<R>): R {
  const value = jsonOf(key, text);
  requireKnownVersion(key, value);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new BrokenRecordError(key, parsed.error.issues.map(problemOf));
}

function jsonOf(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new BrokenRecordError(key, ['expected JSON']);
  }
}

/** What all records of this library have. */
const SCHEMA_VERSION = 1;

/** A record of a later form is in order; only this code is too old for it. */
function requireKnownVersion(key: string, value: unknown): void {
  const version = (value as { readonly schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version !== 'number' || !(version > SCHEMA_VERSION)) return;
  throw new BrokenRecordError(
    key,
    [`schemaVersion: expected ${SCHEMA_VERSION}, got a later one`],
    'a newer version of this repository wrote it, so update your checkout',
  );
}

function problemOf({ path, message }: z.core.$ZodIssue): string {
  const text = `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  return path.length === 0 ? text : `${path.map(String).join('.')}: ${text}`;
}
