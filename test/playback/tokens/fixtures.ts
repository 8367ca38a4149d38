/** Secrets of tests, one fixed clock, and tokens that are put together by hand. */

import { createHmac } from 'node:crypto';
import { type PlaybackTokensOptions, playbackTokens } from '../../../playback/src/index.ts';

export const SECRET = '5kqXW8m2Zt0uJc7aRz1vYh4nLd9pQe3bGf6s';
export const OTHER_SECRET = 'hT4xN7cVb0QmWz8LrJ2pYd5sKg1fUe9aXi3o';
export const AUDIENCE = 'https://api.example.com';
/** 2026-11-20T12:00:00Z */
export const NOW = new Date(1_795_176_000_000);
export const NOW_SECONDS = NOW.getTime() / 1000;
export const IDS = { userId: 'user-7', lessonId: 'lesson-42', deviceId: 'device-1' } as const;
export const TITLE = { id: 'title-42', version: 3 } as const;

export function tokensAt(now: Date = NOW, options: Partial<PlaybackTokensOptions> = {}) {
  return playbackTokens({ secrets: SECRET, audience: AUDIENCE, now: () => now, ...options });
}

export const secondsLater = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

/** Written out here, with nothing of the package. */
export function kidOf(secret: string): string {
  const digest = createHmac('sha256', secret).update('storytime playback token secret').digest();
  return digest.subarray(0, 9).toString('base64url');
}

export const HEADER = { alg: 'HS256', typ: 'playback+jwt', kid: kidOf(SECRET) };
export const PAYLOAD = {
  user_id: 'user-7',
  lesson_id: 'lesson-42',
  device_id: 'device-1',
  jti: 'stream-1',
  aud: AUDIENCE,
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 900,
};

/** A token of any header and payload, correctly signed by `hash`. */
export function forge(
  header: object | string,
  payload: object | string,
  { secret = SECRET, hash = 'sha256' } = {},
): string {
  const part = (value: object | string) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${createHmac(hash, secret).update(signed).digest('base64url')}`;
}
