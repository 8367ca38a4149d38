import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { encodeBase64 } from '../../signer/src/policy/encode-base64.ts';

it('CloudFront’s base64 agrees with openssl and tr', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));
  const standard = execFileSync('openssl', ['base64', '-A'], { input: bytes });
  const wire = execFileSync('tr', ['--', '+=/', '-_~'], { input: standard }).toString();
  expect(encodeBase64(bytes)).toBe(wire);
});
