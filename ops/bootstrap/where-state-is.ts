/** Which of two copies of one state counts. */
import type { State } from '../terraform/local-state.ts';

/**
 * `nowhere` before the first run; `file` until it has been moved; `bucket` afterwards, also while a copy of it is still in
 * the file. `contradiction`: both hold something and not the same, so no machine may choose.
 */
export function whereStateIs(
  file: State | null,
  remote: State | null,
): 'nowhere' | 'file' | 'bucket' | 'contradiction' {
  if (remote === null) return file === null ? 'nowhere' : 'file';
  if (file === null || file.resources === remote.resources) return 'bucket';
  return 'contradiction';
}
