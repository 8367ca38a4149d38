/** The keys of one run, made again each time: none is in a file, so no vector holds a private key. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { KeyLabel } from './vector-file.ts';

interface RunKey {
  readonly id: string;
  readonly publicPem: string;
  readonly privateKey: KeyObject;
}

/** CloudFront's form of an id, one per label. */
const IDS: Readonly<Record<KeyLabel, string>> = {
  rsa: 'K2JCJMDEHXQW5F',
  ecdsa: 'K36X4X2EO997HM',
  'rsa-other': 'K1AAAAAAAAAAA1',
  'ecdsa-other': 'K1AAAAAAAAAAA2',
  'rsa-1024': 'K1AAAAAAAAAAA3',
  p384: 'K1AAAAAAAAAAA4',
  ed25519: 'K1AAAAAAAAAAA5',
};

export type RunKeys = Readonly<Record<KeyLabel, RunKey>>;

export function makeKeys(): RunKeys {
  const spki = { publicKeyEncoding: { type: 'spki', format: 'pem' } as const };
  const pairs = {
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ecdsa: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
    'rsa-other': generateKeyPairSync('rsa', { modulusLength: 2048 }),
    'ecdsa-other': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
    'rsa-1024': generateKeyPairSync('rsa', { modulusLength: 1024 }),
    p384: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
    ed25519: generateKeyPairSync('ed25519'),
  };
  const made = Object.entries(pairs).map(([label, { publicKey, privateKey }]) => {
    const publicPem = publicKey.export(spki.publicKeyEncoding).toString();
    return [label, { id: IDS[label as KeyLabel], publicPem, privateKey }];
  });
  return Object.fromEntries(made) as RunKeys;
}
