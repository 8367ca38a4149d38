/** Ids of titles, as far as records and folders may name them. Pure. */
import { requireBookId } from '../../modules/mediaconvert/hls-jobs/src/book-id.ts';

/** Whether a title can have this id: it is a part of keys, of paths and of signatures. */
export function isBookId(id: string): boolean {
  try {
    requireBookId(id);
    return true;
  } catch {
    return false;
  }
}
