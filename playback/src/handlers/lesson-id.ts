/** The lesson that a request is about. */

import { isId } from '../arguments.ts';
import { refusal } from '../http/answers.ts';

export const NO_LESSON = refusal(400, 'LESSON_ID_INVALID', 'lessonId must be a string of 1 to 256 bytes');

/** @returns `undefined` for what is no id; a number is taken, because databases count lessons */
export function readLessonId(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  return isId(value) ? value : undefined;
}
