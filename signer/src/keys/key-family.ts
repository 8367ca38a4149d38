/** The two kinds of key that CloudFront takes. */

import type { KeyObject } from 'node:crypto';
import { SignerError } from '../errors.ts';

export type KeyFamily = 'RSA' | 'ECDSA';

/**
 * @throws SignerError `ERR_KEY_UNSUPPORTED` for a private or public key of another kind
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
 */
export function familyOf(key: KeyObject, where: string): KeyFamily {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'rsa' && details?.modulusLength === 2048) return 'RSA';
  if (key.asymmetricKeyType === 'ec' && details?.namedCurve === 'prime256v1') return 'ECDSA';
  const size = details?.modulusLength ?? details?.namedCurve ?? '';
  throw new SignerError(
    'ERR_KEY_UNSUPPORTED',
    `${where}: CloudFront takes RSA 2048 and ECDSA P-256 (prime256v1), got ${key.asymmetricKeyType} ${size}`.trim(),
  );
}
