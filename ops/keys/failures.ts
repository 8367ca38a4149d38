/** The text of a failure: one line, never with a piece of a secret. */

import { awsFailureText } from '../terraform/aws-failure.ts';
import { UsageError } from '../terraform/targets.ts';

/** AWS or the network failed, or CloudFront is not ready yet: exit code 1, and the same command continues later. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/** A person answered a question with no. */
export class NotConfirmedError extends UsageError {
  override readonly name = 'NotConfirmedError';
}

/** Whether a person ended the command. */
export function isInterruption(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/**
 * A failure in a line; null for a defect of ours, which shows its stack.
 *
 * An answer that cannot be parsed is quoted by the parser's message, and the answer may be the secret.
 */
export function failureText(error: unknown): string | null {
  if (error instanceof KeysError) return error.message;
  if (!(error instanceof Error)) return null;
  if (isInterruption(error)) return 'interrupted; run the same command again to continue';
  if (error instanceof SyntaxError)
    return 'AWS sent an answer that could not be parsed; run the same command again';
  const remedy = awsFailureText(error, process.env);
  if (remedy !== null) return remedy;
  if (!('$metadata' in error)) return null;
  return `AWS: ${error.name}: ${error.message}; nothing is lost; run the same command again to continue`;
}
