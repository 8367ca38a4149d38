import { describe, expect, it } from 'vitest';
import { isOrigin, isSafeOrigin } from '../../../aws/values/origins.ts';

describe('an origin', () => {
  it.each([
    'https://app.example.com',
    'https://app.example.com:8443',
    'http://localhost:4400',
    'http://127.0.0.1',
    'http://[::1]:8080',
  ])('is exact, and safe over https or on this machine: %s', (text) => {
    expect([isOrigin(text), isSafeOrigin(text)]).toEqual([true, true]);
  });

  it.each(['http://app.example.com', 'http://localhost.example', 'http://192.0.2.1'])(
    'is not safe where somebody on the way can change its pages: %s',
    (text) => expect([isOrigin(text), isSafeOrigin(text)]).toEqual([true, false]),
  );

  it.each([
    '',
    'null',
    '*',
    'https://*.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://APP.example.com',
    'https://app.example.com:443',
    'https://a@app.example.com',
    'app.example.com',
    'file:///x',
    'javascript:alert(1)',
  ])('is nothing else: %s', (text) => expect([isOrigin(text), isSafeOrigin(text)]).toEqual([false, false]));
});
