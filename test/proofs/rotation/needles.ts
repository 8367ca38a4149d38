/** How a private key may be written down. Pure. */
import { createPrivateKey } from 'node:crypto';

/** What is read as latin1 is compared with these as latin1. */
export interface Needles {
  readonly inText: (text: string) => boolean;
}

/** Enough of a key that nothing else has it by chance, and few enough that a cut leaves one whole. */
const BASE64_CHUNK_BYTES = 60;

/** Of keys that are known: lines of the PEM, the number that is the secret, and the whole PEM in base64 once more. */
export function needlesOf(privateKeys: Iterable<string>): Needles {
  const needles = [...privateKeys].flatMap(spellings);
  return { inText: (text) => needles.some((needle) => text.includes(needle)) };
}

/** Of a key that nobody knows: what every private key begins with, as PEM, as base64 without its frame, as DER. */
export const ANY_PRIVATE_KEY: Needles = {
  inText: (text) => BEGINNINGS.some((beginning) => beginning.test(text)),
};

const BEGINNINGS = [
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  // RSA in PKCS #8 and PKCS #1, EC in PKCS #8 and SEC 1.
  /MIIE[\w+/]{2}IBADANBgkqhkiG9w0BAQEFAASC/,
  /MIIE[\w+/]{2}IBAAKCAQEA/,
  /MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/,
  /MHcCAQEEI[\w+/]{40,}/,
  // PKCS #8: version 0, then rsaEncryption, or an EC key on P-256.
  der('020100300d06092a864886f70d010101050004'),
  der('020100301306072a8648ce3d020106082a8648ce3d030107 04'),
];

function der(hex: string): RegExp {
  const digits = hex.replaceAll(' ', '').match(/../g) ?? [];
  return new RegExp(digits.map((pair) => `\\x${pair}`).join(''));
}

function spellings(privateKey: string): string[] {
  const lines = privateKey.split('\n').filter((line) => !line.startsWith('-----') && line.length > 30);
  const secret = createPrivateKey(privateKey).export({ format: 'jwk' }).d ?? '';
  const bytes = Buffer.from(secret, 'base64url');
  // The first line says what kind of key it is, and is the same for all of a kind.
  const own = lines.length > 2 ? lines.slice(1) : lines;
  return [...own, ...base64Again(privateKey), secret, bytes.toString('hex'), bytes.toString('latin1')].filter(
    (text) => text !== '',
  );
}

/** Base64 of a piece of the PEM as it reads wherever in three bytes the piece begins. */
function base64Again(privateKey: string): string[] {
  const piece = Buffer.from(privateKey).subarray(-BASE64_CHUNK_BYTES - 60, -60);
  return [0, 1, 2].map((offset) =>
    piece.subarray(offset, BASE64_CHUNK_BYTES - 3 + offset).toString('base64'),
  );
}
