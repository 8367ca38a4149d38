/** What is said when the world fails: a line, and never a piece of a secret. */

import { awsFailureText } from '../terraform/aws-failure.ts';

/** The world failed or has not answered yet: exit code 1, and the same command again goes on from there. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/**
 * A failure in a line; null for a defect of ours, which shows its stack.
 *
 * An answer that cannot be parsed is quoted by the parser's message, and the answer may be the secret.
 */
export function failureText(error: unknown): string | null {
  if (error instanceof KeysError) return error.message;
  if (!(error instanceof Error)) return null;
  if (error.name === 'AbortError') return 'interrupted; the same command again goes on from here';
  if (error instanceof SyntaxError) return 'an answer of AWS could not be parsed';
  const remedy = awsFailureText(error, process.env);
  if (remedy !== null) return remedy;
  if (!('$metadata' in error)) return null;
  return `AWS: ${error.name}: ${error.message}; nothing is lost, the same command again goes on from here`;
}
