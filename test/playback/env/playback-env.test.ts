import { parseEnv } from 'node:util';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { playbackEnv } from '../../../playback/src/index.ts';

const SECRET = '5kqXW8m2Zt0uJc7aRz1vYh4nLd9pQe3bGf6s';
const PREVIOUS = 'hT4xN7cVb0QmWz8LrJ2pYd5sKg1fUe9aXi3o';
const MASTER_KEY = '8f'.repeat(32);
const ENV = {
  VIDEO_JWT_SECRET: SECRET,
  MASTER_ENCRYPTION_KEY: MASTER_KEY,
  NEXT_PUBLIC_API_URL: 'https://api.example.com',
  NEXT_PUBLIC_APP_URL: 'https://app.example.com',
};
const failureOf = (call: () => unknown) => {
  try {
    call();
  } catch (error) {
    return error as Error & { readonly code: string };
  }
  throw new Error('expected a failure');
};

describe('playbackEnv', () => {
  it('reads the four variables by the names of the document', () => {
    expect(playbackEnv({ env: ENV })).toEqual({
      secrets: [SECRET],
      masterKey: MASTER_KEY,
      apiUrl: 'https://api.example.com',
      appUrl: 'https://app.example.com',
    });
  });

  it('reads process.env, and needs no master key', () => {
    const { MASTER_ENCRYPTION_KEY: _, ...needed } = ENV;
    const before = { ...process.env };
    Object.assign(process.env, needed);
    try {
      expect(playbackEnv().masterKey).toBeUndefined();
    } finally {
      for (const name of Object.keys(needed)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  it('puts the secret that retires behind the one that signs', () => {
    expect(playbackEnv({ env: { ...ENV, VIDEO_JWT_SECRET_PREVIOUS: PREVIOUS } }).secrets).toEqual([
      SECRET,
      PREVIOUS,
    ]);
  });

  it.each([
    ['quotes', (value: string) => `"${value}"`],
    ['single quotes', (value: string) => `'${value}'`],
    ['spaces', (value: string) => `  ${value} \t`],
    ['a line break', (value: string) => `${value}\r\n`],
    ['a literal \\n', (value: string) => `${value}\\n`],
    ['quotes around a literal \\n', (value: string) => `"${value}\\n"`],
    ['a literal \\n behind quotes and spaces', (value: string) => ` '${value} ' \\n `],
  ])('takes off %s', (_, wrap) => {
    const env = Object.fromEntries(Object.entries(ENV).map(([name, value]) => [name, wrap(value)]));
    expect(playbackEnv({ env })).toEqual(playbackEnv({ env: ENV }));
  });

  it.each([
    ['https://api.example.com/', 'https://api.example.com'],
    ['https://API.example.com//', 'https://api.example.com'],
    ['https://example.com/v1/', 'https://example.com/v1'],
    ['http://localhost:3000/', 'http://localhost:3000'],
  ])('takes the address of the API %s as %s', (given, expected) => {
    expect(playbackEnv({ env: { ...ENV, NEXT_PUBLIC_API_URL: given } }).apiUrl).toBe(expected);
  });

  it.each([
    ['https://app.example.com/', 'https://app.example.com'],
    ['https://App.Example.com:443', 'https://app.example.com'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ])('takes the address of the pages %s as the origin that browsers send, %s', (given, expected) => {
    expect(playbackEnv({ env: { ...ENV, NEXT_PUBLIC_APP_URL: given } }).appUrl).toBe(expected);
  });

  it('needs what it is told to, and types the rest as possibly not set', () => {
    const env = playbackEnv({ env: ENV, needs: ['MASTER_ENCRYPTION_KEY', 'NEXT_PUBLIC_APP_URL'] });
    expectTypeOf(env.masterKey).toEqualTypeOf<string>();
    expectTypeOf(env.appUrl).toEqualTypeOf<string>();
    expectTypeOf(env.secrets).toEqualTypeOf<readonly string[] | undefined>();
    expect(playbackEnv({ env: {}, needs: [] })).toEqual({});
  });

  it.each(Object.keys(ENV))('says what to do where %s is needed and not set, or blank', (name) => {
    for (const value of [undefined, '', ' ', '""', '\\n']) {
      const error = failureOf(() =>
        playbackEnv({ env: { ...ENV, [name]: value }, needs: [name as 'VIDEO_JWT_SECRET'] }),
      );
      expect(error.code).toBe('ERR_ENV_MISSING');
      expect(error.message).toMatch(new RegExp(`^${name} is not set; (?:make one with: openssl|set it to )`));
    }
  });

  it.each([
    ['MASTER_ENCRYPTION_KEY', '8f'.repeat(31), 'ERR_ENV_INVALID'],
    ['MASTER_ENCRYPTION_KEY', `${'8f'.repeat(31)}xy`, 'ERR_ENV_INVALID'],
    ['NEXT_PUBLIC_API_URL', 'api.example.com', 'ERR_ENV_INVALID'],
    ['NEXT_PUBLIC_API_URL', 'http://api.example.com', 'ERR_ENV_INVALID'],
    ['NEXT_PUBLIC_API_URL', 'https://a:b@api.example.com', 'ERR_ENV_INVALID'],
    ['NEXT_PUBLIC_API_URL', 'https://api.example.com?a=b', 'ERR_ENV_INVALID'],
    ['NEXT_PUBLIC_API_URL', 'javascript:alert(1)', 'ERR_ENV_INVALID'],
    ['NEXT_PUBLIC_APP_URL', 'https://app.example.com/courses', 'ERR_ENV_INVALID'],
    ['NEXT_PUBLIC_APP_URL', '*', 'ERR_ENV_INVALID'],
    ['VIDEO_JWT_SECRET', 'a-short-secret', 'ERR_TOKEN_SECRET'],
    ['VIDEO_JWT_SECRET', 'your-super-secret-jwt-key-for-video-tokens', 'ERR_TOKEN_SECRET'],
    ['VIDEO_JWT_SECRET_PREVIOUS', 'another-short-one', 'ERR_TOKEN_SECRET'],
  ])('names %s and not its value where that is %s', (name, value, code) => {
    const error = failureOf(() => playbackEnv({ env: { ...ENV, [name]: value } }));
    expect([error.name, error.code]).toEqual(['PlaybackError', code]);
    expect(error.message).toMatch(new RegExp(`^${name} `));
    // The example in the remedy is one of the values tried.
    if (value.length > 1) expect(error.message.replace(/such as .*/, '')).not.toContain(value);
  });

  it('names both variables where a lost line break glued them together', () => {
    const glued = parseEnv(
      `VIDEO_JWT_SECRET=${SECRET}NEXT_PUBLIC_APP_URL=https://app.example.com\nNEXT_PUBLIC_API_URL=https://api.example.com`,
    );
    const error = failureOf(() => playbackEnv({ env: glued }));
    expect(error.code).toBe('ERR_ENV_RUN_TOGETHER');
    expect(error.message).toBe(
      'the value of VIDEO_JWT_SECRET also holds "NEXT_PUBLIC_APP_URL="; a line break is missing before NEXT_PUBLIC_APP_URL',
    );
    const elsewhere = {
      ...ENV,
      VIDEO_JWT_SECRET: undefined,
      AWS_REGION: `eu-west-1VIDEO_JWT_SECRET=${SECRET}`,
    };
    expect(failureOf(() => playbackEnv({ env: elsewhere })).message).toMatch(
      /^the value of AWS_REGION also holds/,
    );
  });

  it.each([
    ['an unknown option', { environment: ENV }],
    ['a need that is no variable', { needs: ['AWS_REGION'] }],
    ['needs that are no list', { needs: 'VIDEO_JWT_SECRET' }],
  ])('refuses %s', (_, options) => {
    expect(failureOf(() => playbackEnv(options as never)).code).toBe('ERR_ARGUMENT');
  });
});
