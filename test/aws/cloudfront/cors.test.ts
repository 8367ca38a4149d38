import { describe, expect, it } from 'vitest';
import { isOriginAllowed } from '../../../aws/cloudfront/cors.ts';
import { causeInBrowser } from '../../../ops/doctor/at-origin.ts';
import { VIEWER, WELL } from '../../ops/doctor/observations.ts';

const ROWS: readonly (readonly [isAllowed: boolean, allowed: string, origin: string])[] = [
  [true, '*', 'https://app.example.com'],
  [true, 'https://app.example.com', 'https://app.example.com'],
  [false, 'https://app.example.com', 'https://app.example.com:8443'],
  [false, 'https://app.example.com', 'https://appXexample.com'],
  [true, 'https://*.example.com', 'https://app.example.com'],
  [false, 'https://*.example.com', 'https://.example.com'],
  [false, 'https://*.example.com', 'http://app.example.com'],
  [false, 'https://*.example.com', 'https://evil.example/.example.com'],
  [false, 'https://*.example.com', 'https://app.example.com.evil.example'],
];

describe('a page’s origin', () => {
  it.each(ROWS)('is allowed: %s, by %s for %s', (isAllowed, allowed, origin) => {
    expect(isOriginAllowed(origin, { allowOrigins: [allowed] })).toBe(isAllowed);
    expect(isOriginAllowed(origin, { allowOrigins: ['https://other.example', allowed] })).toBe(isAllowed);
  });

  it.each(ROWS)('is judged by the doctor as by the edge: %s, by %s for %s', (isAllowed, allowed, origin) => {
    const cause = causeInBrowser({
      ...WELL,
      viewer: { ...VIEWER, origin },
      cors: { seen: true, value: { allowOrigins: [allowed], allowCredentials: true, exposeHeaders: [] } },
    });
    expect(cause?.id).toBe(isAllowed ? undefined : 'cors-refused');
  });

  it('is none where the policy names nobody', () => {
    expect(isOriginAllowed('https://app.example.com', { allowOrigins: [] })).toBe(false);
  });
});
