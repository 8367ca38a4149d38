/** The id CloudFront knows a public key by. */

import { assertString } from '../arguments.ts';
import { message, option, signerError } from '../message.ts';

/** As CloudFront names key groups, whose ids stand beside those of their keys in every listing. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * CloudFront's ids are letters and digits; a local edge for a stack that was not applied knows keys by their generation,
 * which has hyphens.
 *
 * @throws SignerError `ERR_KEY_PAIR_ID`
 */
export function assertKeyPairId(keyPairId: unknown): asserts keyPairId is string {
  assertString('keyPairId', keyPairId);
  if (keyPairId.length === 36 && UUID.test(keyPairId)) {
    throw signerError(
      'ERR_KEY_PAIR_ID',
      message`${option('keyPairId')} looks like the id of a key group (a UUID); expected the id of the public key in it, such as K2JCJMDEHXQW5F`,
    );
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(keyPairId)) {
    throw signerError(
      'ERR_KEY_PAIR_ID',
      message`${option('keyPairId')} must be a CloudFront public key's id such as K2JCJMDEHXQW5F, got ${
        keyPairId === '' ? 'an empty string' : 'characters that no id has'
      }`,
    );
  }
}
