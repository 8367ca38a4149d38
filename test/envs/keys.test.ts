import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, type Violation } from '../../envs/config-error.ts';
import { environments, keysDirectory } from '../../envs/environments.ts';
import { exampleGenerations } from '../../envs/example-keys.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { rsaPublicKey } from '../support/rsa-public-key.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsaPem = spki(rsa.publicKey);
const privatePem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
/** What a fresh clone plans with: nobody has their private keys. */
const EXAMPLES: readonly (readonly [environment: string, pem: string])[] = [
  [
    'dev',
    `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAnqQsVUTR95ju8v/2f1Ya
I1qejao7KoErESfVT0mvtdjNuPIka1NSV2UuW6jnEOaMGuKoxJUI03rehi/wYiL/
kRvI5vZJgm9KACgP1vxpCZLLmb/i9bgKpKzX6+OWo+wakrTHe0p+he0pf1lU6aQf
tRy4wJeE4KJ1k9aAALqKwjEyq5GbbPLTzgb13oHa9H0P6iSXWVPoEcbVuDLlB2HH
B2mpkHW/Aa8eO+YZcqmC30ytaIL8oqwFOBuvVIHiugtfMD5mPMiYs+bo4a2JBVru
FVnGp0+Alm5DVOmHFIU858XaOFVZHUebhIPT7DjvlrDQDYnDFdm/K7y37vmfC4go
xQIDAQAB
-----END PUBLIC KEY-----
`,
  ],
  [
    'prod',
    `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmMUFmO5UrxZKsnKxqLec
ehh7gApKl8bZf7ez0z+N0iJMCUSiYt9VUTF85W1KXtKWZaoh/OnNzAOMAY0+xfdp
J1zJ58hIa64f+Fal7mg5kEKw9ZcwDK8yAoyV+kRiLBRbnpo4pYuNpWvAoBzYM/PD
z7XVR5yU2J8k1YvefqERUKPkp7O5/hxbZ59aZdvWynhCigAZaY3GfNbMLQ0RWRLl
2DFWLAfTSaQUOGX1GygmrUdFUeKUZ+5jrOz+kVVMuDs8DxGtlnWhVh+RU9yFYnDz
SKS9KYQj5n3+K+unrpEff7+sBfPX3dEjITOVlDAFHyrZaR2JoMsS8GrbTek0sG0z
NwIDAQAB
-----END PUBLIC KEY-----
`,
  ],
];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'storytime-keys-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('reading trusted keys', () => {
  it('gives every generation as SPKI PEM, and the active one', () => {
    write({ '2026-11-a.pem': rsaPem, '2026-12-b.pem': spki(p256.publicKey), active: '2026-12-b\n' });
    expect(readTrustedKeys(directory)).toEqual({
      active: '2026-12-b',
      generations: { '2026-11-a': rsaPem, '2026-12-b': spki(p256.publicKey) },
      inKms: {},
    });
  });

  it('gives a generation that KMS makes by its key spec, active or not', () => {
    write({ '2026-11-a.pem': rsaPem, '2026-12-b.kms': 'ECC_NIST_P256\n', active: '2026-12-b' });
    expect(readTrustedKeys(directory)).toEqual({
      active: '2026-12-b',
      generations: { '2026-11-a': rsaPem },
      inKms: { '2026-12-b': 'ECC_NIST_P256' },
    });
  });

  it.each([
    ['a key spec that CloudFront does not take', 'RSA_4096', '"RSA_4096"'],
    ['a private key', privatePem, 'a PEM "PRIVATE KEY"'],
  ])('refuses %s in a .kms file', (_what, text, got) => {
    write({ '2026-11-a.kms': text, active: '2026-11-a' });
    expect(errorOf().violations).toEqual([
      { path: expect.stringMatching(/a\.kms$/), wanted: 'one word: RSA_2048 or ECC_NIST_P256', got },
    ]);
  });

  it('refuses a generation that is both a PEM and in KMS', () => {
    write({ '2026-11-a.pem': rsaPem, '2026-11-a.kms': 'RSA_2048', active: '2026-11-a' });
    expect(errorOf().violations).toEqual([expect.objectContaining({ got: 'both' })]);
  });

  it.each([
    ['without a trailing newline', rsaPem.trimEnd()],
    ['with blank lines and text around it', `our key\n\n${rsaPem}\n\n`],
    ['with Windows line ends', rsaPem.replaceAll('\n', '\r\n')],
    ['on one line', rewrapped(rsaPem)],
    ['as PKCS#1', rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()],
  ])('normalises a PEM %s, so that Terraform never sees another key', (_how, pem) => {
    write({ '2026-11-a.pem': pem, active: '2026-11-a' });
    expect(readTrustedKeys(directory).generations['2026-11-a']).toBe(rsaPem);
  });

  it.each([
    ['PKCS#8', privatePem, 'a PEM "PRIVATE KEY"'],
    ['PKCS#1', rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString(), 'a PEM "RSA PRIVATE KEY"'],
    ['SEC 1', p256.privateKey.export({ type: 'sec1', format: 'pem' }).toString(), 'a PEM "EC PRIVATE KEY"'],
    [
      'a public key with the private one below',
      rsaPem + privatePem,
      'a PEM "PUBLIC KEY" and a PEM "PRIVATE KEY"',
    ],
  ])('refuses a private key (%s) and never shows it', (_form, pem, got) => {
    write({ '2026-11-a.pem': pem, active: '2026-11-a' });
    const error = errorOf();
    expect(error.violations).toEqual([
      {
        path: expect.stringMatching(/2026-11-a\.pem$/),
        wanted: 'a PEM "PUBLIC KEY"; treat this private key as leaked and make a new pair',
        got,
      },
    ]);
    for (const line of pem.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'))) {
      expect(JSON.stringify([error.message, error.violations, error.stack])).not.toContain(line);
    }
  });

  it.each<[string, string, Partial<Violation>]>([
    ['no PEM', 'hello', { wanted: 'one PEM "PUBLIC KEY"', got: 'no PEM' }],
    ['two PEMs', rsaPem + rsaPem, { wanted: 'one PEM "PUBLIC KEY"' }],
    ['a certificate', rsaPem.replaceAll('PUBLIC KEY', 'CERTIFICATE'), { got: 'a PEM "CERTIFICATE"' }],
    ['a damaged PEM', rsaPem.slice(0, 60) + rsaPem.slice(120), { got: 'a damaged one' }],
    [
      'RSA 4096',
      spki(rsaPublicKey(4096)),
      { got: 'rsa 4096', wanted: 'RSA 2048 or ECDSA P-256, the key types that CloudFront accepts' },
    ],
    ['RSA 1024', spki(rsaPublicKey(1024)), { got: 'rsa 1024' }],
    ['P-384', spki(generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey), { got: 'ec secp384r1' }],
    ['Ed25519', spki(generateKeyPairSync('ed25519').publicKey), { got: 'ed25519' }],
    [
      'RSA-PSS',
      spki(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey),
      { got: 'rsa-pss 2048' },
    ],
  ])('refuses %s', (_what, pem, violation) => {
    write({ '2026-11-a.pem': pem, active: '2026-11-a' });
    expect(errorOf().violations).toEqual([expect.objectContaining(violation)]);
  });

  it('refuses more than the five keys that a group holds', () => {
    const files = Object.fromEntries(
      [...'abcdef'].map((letter) => [`2026-11-${letter}.pem`, spki(rsaPublicKey(2048))]),
    );
    write({ ...files, active: '2026-11-a' });
    expect(errorOf().violations).toEqual([expect.objectContaining({ got: '6' })]);
  });

  it('refuses one key under two generations', () => {
    write({ '2026-11-a.pem': rsaPem, '2026-11-b.pem': rsaPem.trimEnd(), active: '2026-11-a' });
    expect(errorOf().violations).toEqual([expect.objectContaining({ got: 'the same key twice' })]);
  });

  it.each([
    ['is missing', {}, 'nothing'],
    ['names a generation without a PEM', { active: '2027-01-a' }, '"2027-01-a"'],
    ['holds a private key', { active: privatePem }, 'a PEM "PRIVATE KEY"'],
  ])('refuses an "active" that %s', (_what, files, got) => {
    write({ '2026-11-a.pem': rsaPem, ...files });
    expect(errorOf().violations).toEqual([
      expect.objectContaining({ path: expect.stringMatching(/active$/), got }),
    ]);
  });

  it('lists what is wrong with every file at once', () => {
    write({ '2026-11-a.pem': 'hello', 'key.pem': rsaPem, 'notes.txt': 'x', active: '2026-10-a' });
    expect(errorOf().violations.map(({ path }) => path.split('/').at(-1))).toEqual([
      '2026-11-a.pem',
      'key.pem',
      'notes.txt',
      'active',
    ]);
  });

  it('refuses a directory that is not there', () => {
    rmSync(directory, { recursive: true });
    expect(errorOf().violations).toEqual([expect.objectContaining({ got: 'nothing' })]);
    write({});
  });
});

describe('the example keys that are shipped', () => {
  it.each(EXAMPLES)('are known as such wherever they were copied to: that of %s', (_environment, pem) => {
    const generations = { '2027-01-c': pem, '2027-02-a': rsaPem };
    expect(exampleGenerations({ active: '2027-02-a', generations, inKms: {} })).toEqual(['2027-01-c']);
  });

  it.each(EXAMPLES.filter(([environment]) => isNobodys(environment)))(
    'are all that %s trusts, as long as its account is the one of AWS’s own examples',
    (environment, pem) => {
      expect(Object.values(readTrustedKeys(keysDirectory(environment)).generations)).toEqual([pem]);
    },
  );

  it('are the only ones known as examples', () => {
    expect(
      exampleGenerations({ active: '2026-11-a', generations: { '2026-11-a': rsaPem }, inKms: {} }),
    ).toEqual([]);
  });
});

describe('the keys of every environment', () => {
  it.each([...environments.values()].filter(({ localPorts }) => localPorts === null))(
    'can be read in $environment, and one of them is active',
    ({ environment }) => {
      const { active, generations, inKms } = readTrustedKeys(keysDirectory(environment));
      expect([...Object.keys(generations), ...Object.keys(inKms)]).toContain(active);
    },
  );
});

/** Whether nobody has made an environment theirs yet: from then on its keys are somebody's own. */
function isNobodys(environment: string): boolean {
  const [accountId = ''] = environments.get(environment)?.allowedAccountIds ?? [];
  return ['111122223333', '444455556666'].includes(accountId);
}

function write(files: Readonly<Record<string, string>>): void {
  rmSync(directory, { recursive: true, force: true });
  directory = mkdtempSync(join(tmpdir(), 'storytime-keys-'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
}

function errorOf(): ConfigError {
  try {
    readTrustedKeys(directory);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no ConfigError');
}

function spki(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function rewrapped(pem: string): string {
  const [head = '', ...rest] = pem.trimEnd().split('\n');
  return `${head}\n${rest.slice(0, -1).join('')}\n${rest.at(-1)}\n`;
}
