/** The content key of a version whose files are gone. */
import type { Title } from '../library/title.ts';
import type { TakeDownContext } from './context.ts';

/** Says that a key is left where the environment no longer has playback, whose table it is in. */
export async function forgetKey(
  { contentKeys, tell }: Pick<TakeDownContext, 'contentKeys' | 'tell'>,
  { id, encrypted }: Pick<Title, 'id' | 'encrypted'>,
  version: number,
): Promise<void> {
  if (!encrypted) return;
  if (contentKeys === null) return tell({ event: 'key-left', version });
  await contentKeys.forget({ titleId: id, version });
}
