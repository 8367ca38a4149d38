/** A record of the library that is not what its schema says. Pure. */
import type { z } from 'zod';

/** Names the record and what is wrong in it; nothing writes over such a record. */
export class BrokenRecordError extends Error {
  override readonly name = 'BrokenRecordError';
  readonly key: string;
  /** One line for each field: its path, and what was expected. Values of the record are not in it. */
  readonly problems: readonly string[];

  constructor(key: string, problems: readonly string[]) {
    super(
      `${key} in the masters bucket is not a valid record (${problems.join('; ')}): correct it, or restore its earlier version; nothing was changed`,
    );
    this.key = key;
    this.problems = problems;
  }
}

/** @throws BrokenRecordError */
export function parseRecord<R>(key: string, text: string, schema: z.ZodType<R>): R {
  const parsed = schema.safeParse(jsonOf(key, text));
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

function problemOf({ path, message }: z.core.$ZodIssue): string {
  const text = `${message.charAt(0).toLowerCase()}${message.slice(1)}`;
  return path.length === 0 ? text : `${path.map(String).join('.')}: ${text}`;
}
