/** openssl as co-signer. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DOMAIN, fromWire, NOW_SECONDS, rsa, signerWith } from './fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'signer-golden-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** PKCS #1 v1.5 has one signature for each key, hash and text. */
describe.each(['SHA1', 'SHA256'] as const)('RSA with %s', (hashAlgorithm) => {
  const signer = signerWith(rsa, { hashAlgorithm });
  const keyFile = join(folder, `key-${hashAlgorithm}`);
  writeFileSync(keyFile, rsa.privatePem, { mode: 0o600 });
  const openssl = (text: string | Uint8Array) =>
    execFileSync('openssl', ['dgst', `-${hashAlgorithm.toLowerCase()}`, '-sign', keyFile], { input: text });

  it('gives, byte for byte, what openssl gives for the same policy', async () => {
    const { cookies } = await signer.signCookies('/books/42/*', { ipAddress: '203.0.113.0/24' });
    const policy =
      `{"Statement":[{"Resource":"https://${DOMAIN}/books/42/*","Condition":{"DateLessThan":{"AWS:EpochTime":` +
      `${NOW_SECONDS + 14_400}},"IpAddress":{"AWS:SourceIp":"203.0.113.0/24"}}}]}`;
    expect(fromWire(cookies['CloudFront-Policy'] ?? '').toString()).toBe(policy);
    expect(fromWire(cookies['CloudFront-Signature'] ?? '')).toEqual(openssl(policy));
  });

  it('gives, byte for byte, what openssl gives for the policy that a canned URL implies', async () => {
    const { url } = await signer.signUrl('/images/horizon.jpg?size=large&license=yes', {
      policy: 'canned',
      expiresIn: 60,
    });
    const policy = `{"Statement":[{"Resource":"https://${DOMAIN}/images/horizon.jpg?size=large&license=yes","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 60}}}}]}`;
    expect(fromWire(/Signature=([^&]+)/.exec(url)?.[1] ?? '')).toEqual(openssl(policy));
  });
});
