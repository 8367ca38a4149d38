import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSignatureOf } from '../../../local/aws-api/sigv4.ts';

const scope = { accessKeyId: 'A', date: '20261120', region: 'eu-central-1', service: 's3' };
const secretAccessKey = 'secret';
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const key = ['20261120', 'eu-central-1', 's3', 'aws4_request'].reduce<string | Buffer>(hmac, 'AWS4secret');
const signature = hmac(key, 'policy').toString('hex');
const isSignature = (text: string) => isSignatureOf(text, 'policy', { scope, secretAccessKey });

describe('a signature', () => {
  it('is 64 hexadecimal digits in lower case', () => {
    expect(isSignature(signature)).toBe(true);
  });

  it.each([
    ['something behind it', `${signature}zz`],
    ['a digit behind it', `${signature}a`],
    ['a line break behind it', `${signature}\n`],
    ['upper case', signature.toUpperCase()],
    ['a space before it', ` ${signature}`],
    ['nothing', ''],
  ])('is not one with %s', (_, text) => {
    expect(isSignature(text)).toBe(false);
  });

  it('has no second spelling', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3 }), fc.string({ maxLength: 3 }), (before, after) => {
        expect(isSignature(`${before}${signature}${after}`)).toBe(before === '' && after === '');
      }),
    );
  });
});
