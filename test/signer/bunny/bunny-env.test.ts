/** Bunny's settings as people write them into .env files. */

import { parseEnv } from 'node:util';
import { bunnyEnv, bunnyStreamEnv, createBunnySigner } from '@storytime/signer/bunny';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf } from '../fixtures.ts';
import { API_KEY, EMBED_KEY, HOST, TOKEN_KEY, VIDEO } from './fixtures.ts';

const whole = {
  BUNNY_PULL_ZONE: HOST,
  BUNNY_TOKEN_KEY: TOKEN_KEY,
  BUNNY_EMBED_TOKEN_KEY: EMBED_KEY,
  BUNNY_EMBED_TOKEN_TTL: '120',
  BUNNY_STREAM_LIBRARY_ID: '759',
  BUNNY_STREAM_API_KEY: API_KEY,
};
afterEach(() => vi.unstubAllEnvs());

describe('bunnyEnv', () => {
  it('gives what createBunnySigner takes', () => {
    expect(bunnyEnv({ env: whole })).toEqual({
      pullZoneHost: HOST,
      tokenKey: TOKEN_KEY,
      embedTokenKey: EMBED_KEY,
      defaultEmbedExpiresIn: 120,
      libraryId: '759',
      apiKey: API_KEY,
    });
    const signer = createBunnySigner({ ...bunnyEnv({ env: whole }), maxExpiresIn: '1d' });
    expect(signer.signEmbedUrl(VIDEO).expiresIn).toBe(120);
  });

  it('reads the process where no other environment is given', () => {
    for (const [name, value] of Object.entries(whole)) vi.stubEnv(name, value);
    expect(bunnyEnv().tokenKey).toBe(TOKEN_KEY);
    expect(bunnyStreamEnv()).toEqual({ libraryId: '759', apiKey: API_KEY });
  });

  it('has the uploads go to another origin, as the local Bunny edge is one', () => {
    const env = { ...whole, BUNNY_STREAM_ENDPOINT: '"http://127.0.0.1:4481/"' };
    expect(bunnyStreamEnv({ env }).endpoint).toBe('http://127.0.0.1:4481');
    const signer = createBunnySigner(bunnyEnv({ env }));
    expect(signer.signTusUpload({ videoId: VIDEO }).endpoint).toBe('http://127.0.0.1:4481/tusupload');
    const usual = createBunnySigner(bunnyEnv({ env: whole }));
    expect(usual.signTusUpload({ videoId: VIDEO }).endpoint).toBe('https://video.bunnycdn.com/tusupload');
  });

  it.each([
    ['plain http to another machine', 'http://video.bunnycdn.com'],
    ['a path', 'https://video.bunnycdn.com/tusupload'],
    ['a user', 'https://a:b@video.bunnycdn.com'],
    ['a bare host', 'video.bunnycdn.com'],
  ])('refuses an endpoint that is %s', async (_, BUNNY_STREAM_ENDPOINT) => {
    const env = { ...whole, BUNNY_STREAM_ENDPOINT };
    for (const call of [() => bunnyEnv({ env }), () => bunnyStreamEnv({ env })]) {
      const { code, message } = await failureOf(call);
      expect([code, message]).toEqual([
        'ERR_ARGUMENT_TYPE',
        expect.stringContaining('"BUNNY_STREAM_ENDPOINT" must be an https origin without a path'),
      ]);
    }
    const { code } = await failureOf(() =>
      createBunnySigner({ pullZoneHost: HOST, tokenKey: TOKEN_KEY, streamEndpoint: BUNNY_STREAM_ENDPOINT }),
    );
    expect(code).toBe('ERR_ARGUMENT_TYPE');
  });

  it('needs the zone and its key alone', () => {
    const { BUNNY_PULL_ZONE, BUNNY_TOKEN_KEY } = whole;
    const settings = bunnyEnv({ env: { BUNNY_PULL_ZONE, BUNNY_TOKEN_KEY, BUNNY_EMBED_TOKEN_TTL: ' ' } });
    expect(settings).toMatchObject({
      embedTokenKey: undefined,
      defaultEmbedExpiresIn: undefined,
      apiKey: undefined,
    });
    expect(createBunnySigner(settings).signPlaylistUrl(VIDEO).url).toContain(HOST);
  });

  it.each([
    ['a name', 'vz-1234abcd-567'],
    ['a URL', `https://${HOST}/`],
    ['in capitals', HOST.toUpperCase()],
    ['in quotes', `"${HOST}"`],
    ['with spaces', ` ${HOST} `],
    ['as a URL in quotes', `'https://${HOST}'`],
  ])('takes the zone as %s', (_, zone) => {
    expect(bunnyEnv({ env: { ...whole, BUNNY_PULL_ZONE: zone } }).pullZoneHost).toBe(HOST);
  });

  it('takes a server on this machine', () => {
    const env = { ...whole, BUNNY_PULL_ZONE: 'http://localhost:8104/' };
    expect(bunnyEnv({ env }).pullZoneHost).toBe('http://localhost:8104');
  });

  it('takes quotes and line breaks off a key, and a unit in the lifetime', () => {
    const env = { ...whole, BUNNY_TOKEN_KEY: `'${TOKEN_KEY}'\n`, BUNNY_EMBED_TOKEN_TTL: '5m' };
    expect(bunnyEnv({ env })).toMatchObject({ tokenKey: TOKEN_KEY, defaultEmbedExpiresIn: 300 });
  });

  it.each([
    ['no zone', { BUNNY_PULL_ZONE: undefined }, 'ERR_ENV_MISSING', 'BUNNY_PULL_ZONE is not set'],
    ['no key', { BUNNY_TOKEN_KEY: '' }, 'ERR_ENV_MISSING', 'BUNNY_TOKEN_KEY is not set'],
    ['a key of quotes', { BUNNY_TOKEN_KEY: '""' }, 'ERR_BUNNY_KEY', 'an empty text'],
    ['a key with a space in it', { BUNNY_TOKEN_KEY: 'a b' }, 'ERR_BUNNY_KEY', '"BUNNY_TOKEN_KEY"'],
    ['a zone with a path', { BUNNY_PULL_ZONE: `${HOST}/x` }, 'ERR_DOMAIN_INVALID', '"BUNNY_PULL_ZONE"'],
    ['an invalid library', { BUNNY_STREAM_LIBRARY_ID: 'x' }, 'ERR_BUNNY_LIBRARY_ID', '759'],
    [
      'a lifetime of nothing',
      { BUNNY_EMBED_TOKEN_TTL: '0' },
      'ERR_EXPIRY_INVALID',
      '"BUNNY_EMBED_TOKEN_TTL"',
    ],
    [
      'a lost line break',
      parseEnv(`BUNNY_TOKEN_KEY=${TOKEN_KEY}BUNNY_EMBED_TOKEN_KEY=${EMBED_KEY}\n`),
      'ERR_ENV_RUN_TOGETHER',
      'the value of BUNNY_TOKEN_KEY also holds "BUNNY_EMBED_TOKEN_KEY="',
    ],
    [
      'a lost line break in front of a key that only webhooks need',
      { BUNNY_STREAM_API_KEY: `${API_KEY}BUNNY_STREAM_READ_ONLY_API_KEY=x` },
      'ERR_ENV_RUN_TOGETHER',
      'the value of BUNNY_STREAM_API_KEY also holds "BUNNY_STREAM_READ_ONLY_API_KEY="',
    ],
    [
      'a lost line break that swallows the variable',
      { BUNNY_TOKEN_KEY: undefined, OTHER: `xBUNNY_TOKEN_KEY=${TOKEN_KEY}` },
      'ERR_ENV_RUN_TOGETHER',
      'the value of OTHER also holds',
    ],
  ])('refuses %s', async (_, changes, code, words) => {
    const { code: got, message } = await failureOf(() => bunnyEnv({ env: { ...whole, ...changes } }));
    expect(got).toBe(code);
    expect(message).toContain(words);
    for (const key of [TOKEN_KEY, EMBED_KEY]) expect(message).not.toContain(key);
  });

  it('refuses another option', async () => {
    expect(await failureOf(() => bunnyEnv({ path: '.env' } as never))).toMatchObject({
      code: 'ERR_ARGUMENT_UNKNOWN',
    });
  });
});

describe('bunnyStreamEnv', () => {
  it.each(['BUNNY_STREAM_LIBRARY_ID', 'BUNNY_STREAM_API_KEY'] as const)('needs %s', async (name) => {
    expect(await failureOf(() => bunnyStreamEnv({ env: { ...whole, [name]: '' } }))).toMatchObject({
      code: 'ERR_ENV_MISSING',
      message: expect.stringContaining(name),
    });
  });
});
