import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  exampleValuesWarning,
  missingPrivateKey,
  refuseExampleValues,
  refuseForeignPrivateKey,
} from '../../ops/terraform/guard.ts';
import { type Target, targetNamed, UsageError } from '../../ops/terraform/targets.ts';

const newPair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const pair = newPair();
const dev: Target = {
  ...targetNamed('dev'),
  activeKey: () => ({ generation: '2026-12-a', publicKey: pair.publicKey }),
};

describe('the private key given for the secret', () => {
  it('passes when it is the active generation’s', () => {
    expect(() =>
      refuseForeignPrivateKey(dev, { TF_VAR_cloudfront_private_key: pair.privateKey }),
    ).not.toThrow();
  });

  it.each([
    ['another key', newPair().privateKey],
    ['a text that is no key', 'hunter2hunter2'],
    ['a key that was cut off', pair.privateKey.slice(0, 400)],
  ])('is refused when it is %s, and is not shown', (_, value) => {
    let refusal: unknown;
    try {
      refuseForeignPrivateKey(dev, { TF_VAR_cloudfront_private_key: value });
    } catch (error) {
      refusal = error;
    }

    expect(refusal).toBeInstanceOf(UsageError);
    expect((refusal as Error).message).toMatch(
      /^TF_VAR_cloudfront_private_key: expected the private key of .*2026-12-a\.pem/,
    );
    expect((refusal as Error).message).not.toContain(value.slice(40, 60) || value);
  });

  it('is nobody’s concern where Terraform does not own the value, or AWS is the local one', () => {
    const foreign = { TF_VAR_cloudfront_private_key: newPair().privateKey };

    expect(() => refuseForeignPrivateKey(targetNamed('prod'), foreign)).not.toThrow();
    expect(() =>
      refuseForeignPrivateKey(dev, { ...foreign, AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }),
    ).not.toThrow();
  });
});

describe('a private key that is not given', () => {
  const line =
    'TF_VAR_cloudfront_private_key is not set. The first apply and every change of the active key need it: ' +
    'export the private key of envs/keys/dev/2026-12-a.pem before plan and apply';

  it.each([
    ['not set', {}],
    ['empty', { TF_VAR_cloudfront_private_key: '' }],
  ])('is worth a line where Terraform owns the value: %s', (_, env) => {
    expect(missingPrivateKey(dev, env)).toBe(line);
  });

  it('is not, once it is given', () => {
    expect(missingPrivateKey(dev, { TF_VAR_cloudfront_private_key: pair.privateKey })).toBe(null);
  });

  it.each([
    ['Terraform does not own the value', targetNamed('prod')],
    ['the stack has no key', targetNamed('state-dev')],
    ['KMS keeps the pair', { ...dev, activeKey: () => null }],
  ])('is not where %s', (_, target) => {
    expect(missingPrivateKey(target, {})).toBe(null);
  });
});

describe('example values', () => {
  const targets = ['dev', 'state-dev', 'prod', 'state-prod'].map(targetNamed);
  const text = /^envs\/(?:dev|prod)\.ts still has example values in allowedAccountIds, state\.bucket/;

  it.each(targets)('are refused against AWS: $name', (target) => {
    expect(() => refuseExampleValues(target, {})).toThrow(UsageError);
    expect(() => refuseExampleValues(target, {})).toThrow(text);
    expect(exampleValuesWarning(target, {})).toMatch(
      /^warning: envs\/.*; npm run bootstrap and npm run apply refuse them$/,
    );
  });

  it.each([
    ['another host', { AWS_ENDPOINT_URL: 'https://aws.example.com' }],
    [
      'one service of another host',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_S3: 'https://s3.amazonaws.com' },
    ],
    [
      'an endpoint that is ignored',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    ],
  ])('are refused for %s', (_what, env) => {
    expect(() => refuseExampleValues(targetNamed('dev'), env)).toThrow(text);
  });

  it.each(targets)('are nobody’s concern while AWS is the local one: $name', (target) => {
    const env = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };
    expect(() => refuseExampleValues(target, env)).not.toThrow();
    expect(exampleValuesWarning(target, env)).toBe(null);
  });
});
