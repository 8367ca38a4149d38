/** Which content a key belongs to. A wrapped key is bound to this, so it opens nothing else wherever it is moved. */

import { PlaybackError } from '../errors.ts';

export interface TitleVersion {
  /** The library's id of the title, at most 512 characters. */
  readonly titleId: string;
  /** Of its encoded files, from 1. */
  readonly version: number;
}

const MAX_CHARACTERS = 512;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * @returns a copy of the two fields
 * @throws PlaybackError `ERR_ARGUMENT`
 */
export function readTitleVersion({ titleId, version }: TitleVersion): TitleVersion {
  const isTitle = typeof titleId === 'string' && titleId !== '' && titleId.length <= MAX_CHARACTERS;
  // Two ids that differ by such a half only would be the same bytes in UTF-8.
  if (!isTitle || LONE_SURROGATE.test(titleId)) {
    throw new PlaybackError(
      'ERR_ARGUMENT',
      `"titleId" must be well-formed text of 1 to ${MAX_CHARACTERS} characters`,
    );
  }
  if (!Number.isSafeInteger(version) || version < 1) {
    throw new PlaybackError('ERR_ARGUMENT', '"version" must be a whole number from 1');
  }
  return { titleId, version };
}

/**
 * For KMS, which takes text. It is no secret: CloudTrail shows it with every use of the key.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export function encryptionContext({ titleId, version }: TitleVersion): Record<string, string> {
  return { title: titleId, version: String(version) };
}

/**
 * The same as bytes that are authenticated and not encrypted. JSON marks where the title ends, so that title `a` in
 * version 11 and title `a1` in version 1 are different bytes.
 */
export function additionalData({ titleId, version }: TitleVersion): Buffer {
  return Buffer.from(JSON.stringify(['storytime content key', titleId, version]));
}
