/** Trusted public keys: parsed once, and only the two kinds CloudFront takes. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { types } from 'node:util';

/** A caller that hands in PEM texts pays for the parse once; keys rotate rarely, so a few dozen will do. */
const parsedKeys = new Map<string, KeyObject | null>();
const PARSED_KEYS_LIMIT = 64;

/** @returns `null` for anything but an RSA 2048 or ECDSA P-256 public key */
export function usableKey(key: KeyObject | string): KeyObject | null {
  if (typeof key !== 'string') return usableObject(key);
  const known = parsedKeys.get(key);
  if (known !== undefined) return known;
  const parsed = parsePublicKey(key);
  const oldest = parsedKeys.keys().next();
  if (parsedKeys.size >= PARSED_KEYS_LIMIT && !oldest.done) parsedKeys.delete(oldest.value);
  parsedKeys.set(key, parsed);
  return parsed;
}

/** Not by `instanceof`: what only inherits from KeyObject makes the signature check throw. */
function usableObject(key: KeyObject): KeyObject | null {
  try {
    return types.isKeyObject(key) && isUsable(key) ? key : null;
  } catch {
    return null;
  }
}

function parsePublicKey(pem: string): KeyObject | null {
  // createPublicKey() would derive the public key from a private key; a private key pasted here must not go unnoticed.
  if (pem.includes('PRIVATE KEY')) return null;
  try {
    const key = createPublicKey(pem);
    return isUsable(key) ? key : null;
  } catch {
    return null;
  }
}

function isUsable(key: KeyObject): boolean {
  if (key.type !== 'public') return false;
  return key.asymmetricKeyType === 'rsa'
    ? key.asymmetricKeyDetails?.modulusLength === 2048
    : key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
}
