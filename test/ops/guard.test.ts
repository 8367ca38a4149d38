import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../ops/terraform/guard.ts';

describe('an AWS endpoint', () => {
  it.each(['http://127.0.0.1:4566', 'http://127.8.9.1', 'http://localhost:80', 'http://[::1]:4566'])(
    'ends on this machine: %s',
    (endpoint) => expect(isLoopback(endpoint)).toBe(true),
  );

  it.each([
    undefined,
    '',
    '127.0.0.1:4566',
    'https://s3.eu-central-1.amazonaws.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'http://127.0.0.1@example.com',
    'http://10.0.0.1',
    'http://0.0.0.0',
  ])('is taken for AWS itself, and guarded: %s', (endpoint) => expect(isLoopback(endpoint)).toBe(false));
});
