/** The text of a failure of the library's commands: one line. */
import { failureText } from '../keys/failures.ts';
import { BrokenRecordError } from './broken-record.ts';

/** Null for a defect of ours, which shows its stack. */
export function libraryFailureText(error: unknown): string | null {
  return error instanceof BrokenRecordError ? error.message : failureText(error);
}
