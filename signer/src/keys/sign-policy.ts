/** A policy's text and its signature, in the form that travels. */

import { encodeBase64 } from '../policy/encode-base64.ts';
import type { SigningKey } from './key-source.ts';
import { signLocally } from './local-key.ts';

export interface SignedPolicy {
  /** CloudFront's base64 of the text. */
  readonly policy: string;
  /** CloudFront's base64 of the signature. */
  readonly signature: string;
}

/** At once for a key in this process; a promise for one that signs elsewhere. */
export function signPolicy(key: SigningKey, text: string): SignedPolicy | Promise<SignedPolicy> {
  return signLocally(key, text) ?? signElsewhere(key, text);
}

async function signElsewhere(key: SigningKey, text: string): Promise<SignedPolicy> {
  const bytes = Buffer.from(text);
  return { policy: encodeBase64(bytes), signature: encodeBase64(await key.sign(bytes)) };
}
