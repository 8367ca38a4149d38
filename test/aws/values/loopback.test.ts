import { describe, expect, it } from 'vitest';
import { isLocalAws, isLoopbackHost } from '../../../aws/values/loopback.ts';

describe('AWS is taken for the local one', () => {
  it.each(['http://127.0.0.1:4566', 'http://127.8.9.1', 'http://localhost:80', 'http://[::1]:4566'])(
    'by an endpoint on this machine: %s',
    (endpoint) => expect(isLocalAws({ AWS_ENDPOINT_URL: endpoint })).toBe(true),
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
  ])('never by another, and is guarded: %s', (endpoint) => {
    expect(isLocalAws(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint })).toBe(false);
  });

  it('not while one service has an endpoint elsewhere, or endpoints are ignored', () => {
    const local = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };

    expect(isLocalAws({ ...local, AWS_ENDPOINT_URL_S3: 'https://s3.eu-central-1.amazonaws.com' })).toBe(
      false,
    );
    expect(isLocalAws({ ...local, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' })).toBe(true);
    expect(isLocalAws({ AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' })).toBe(false);
    expect(isLocalAws({ ...local, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })).toBe(false);
  });
});

describe('a loopback host', () => {
  it('is localhost, its subdomains and the loopback addresses', () => {
    for (const host of ['localhost', 'LOCALHOST', 'app.localhost', '127.0.0.1', '127.1.2.3', '[::1]']) {
      expect(isLoopbackHost(host), host).toBe(true);
    }
  });

  it('is nothing that only looks like one', () => {
    for (const host of [
      '',
      'notlocalhost',
      '.localhost',
      'localhost.example',
      '127.0.0.1.example',
      '128.0.0.1',
    ]) {
      expect(isLoopbackHost(host), host).toBe(false);
    }
  });
});
