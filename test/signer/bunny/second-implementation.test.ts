/** The signer against a second implementation, straight from Bunny's documentation, and against the package's own judge. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COUNTRY_CODES } from '../../../aws/values/country-codes.ts';
import { NOW_SECONDS } from '../fixtures.ts';
import { bunnySigner, documentedToken, EMBED_KEY, HOST, judgeBunny, TOKEN_KEY } from './fixtures.ts';

/** Addresses with what the documentation binds, in hexadecimal digits, and an allowed viewer. */
const octet = fc.integer({ min: 0, max: 255 });
const hex = (bytes: readonly number[]) => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
const ipv4 = fc
  .tuple(octet, octet, octet, fc.integer({ min: 1, max: 255 }))
  .map((bytes) => ({ ipAddress: bytes.join('.'), bound: hex(bytes), viewer: bytes.join('.') }));
const mapped = ipv4.chain((one) =>
  fc.constantFrom(
    { ...one, ipAddress: `::ffff:${one.ipAddress}` },
    { ...one, ipAddress: `::FFFF:${one.bound.slice(0, 4)}:${one.bound.slice(4)}` },
    { ...one, ipAddress: `0:0:0:0:0:ffff:${one.ipAddress}`, viewer: `::ffff:${one.viewer}` },
  ),
);
const network = fc.tuple(octet, octet, octet, octet).map(([a, b, c, viewer]) => ({
  ipAddress: `${a}.${b}.${c}.0/24`,
  bound: hex([a, b, c, 0]),
  viewer: `${a}.${b}.${c}.${viewer}`,
}));
const group = fc.integer({ min: 0, max: 0xffff });
const ipv6 = fc
  .tuple(fc.integer({ min: 1, max: 0xffff }), group, group, group, group, group, group, group)
  .map((groups) => {
    const spell = (parts: readonly number[]) => parts.map((part) => part.toString(16)).join(':');
    const bytes = groups.slice(0, 4).flatMap((one) => [one >> 8, one & 0xff]);
    const viewer = spell([...groups.slice(0, 4), 1, 2, 3, 4]);
    return { ipAddress: spell(groups), bound: `${hex(bytes)}${'0'.repeat(16)}`, viewer };
  });
const address = fc.oneof(fc.constant(undefined), ipv4, mapped, network, ipv6);

const countries = fc.uniqueArray(fc.constantFrom(...COUNTRY_CODES), { minLength: 1, maxLength: 5 });
const limit = fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { nil: undefined });
const conditions = fc.oneof(
  fc.record({ ignoreParams: fc.constant(true) }),
  fc.record({ countriesAllowed: countries, speedLimitKBps: limit }),
  fc.record({ countriesBlocked: countries, speedLimitKBps: limit }),
  fc.record({ speedLimitKBps: limit }),
);
const expiresIn = fc.integer({ min: 1, max: 7 * 86_400 });
const guid = fc.uuid().map((id) => id.toLowerCase());
const segment = fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/).filter((text) => text !== '.' && text !== '..');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);

/** The parameters as the documentation's table has them. */
function documented(options: Record<string, unknown>, directory?: string): Record<string, string> {
  const parameters: Record<string, string> = {};
  if (directory) parameters.token_path = directory;
  if (options.countriesAllowed) parameters.token_countries = String(options.countriesAllowed);
  if (options.countriesBlocked) parameters.token_countries_blocked = String(options.countriesBlocked);
  if (options.ignoreParams) parameters.token_ignore_params = 'true';
  if (options.speedLimitKBps) parameters.limit = String(options.speedLimitKBps);
  return parameters;
}

/** What a URL carries, by the parser that browsers have. */
function carried(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

const options = fc.tuple(conditions, address, expiresIn).map(([rest, bound, seconds]) => ({
  given: {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(bound && { ipAddress: bound.ipAddress }),
    expiresIn: seconds,
  },
  bound: bound?.bound ?? '',
  viewer: bound?.viewer,
  expires: NOW_SECONDS + seconds,
}));
const signer = bunnySigner();

describe('the signer gives what the documentation says', () => {
  it('for playlists', async () => {
    await fc.assert(
      fc.asyncProperty(guid, options, async (id, { given, bound, viewer, expires }) => {
        const { url } = signer.signPlaylistUrl(id, given);
        const parameters = documented(given, `/${id}/`);
        const token = await documentedToken(TOKEN_KEY, `/${id}/`, expires, parameters, bound);
        const [, segment = '', rest] = /^https:\/\/[^/]+\/([^/]+)(\/.*)$/.exec(url) ?? [];
        expect(carried(segment)).toEqual({ ...parameters, bcdn_token: token, expires: String(expires) });
        expect(rest).toBe(`/${id}/playlist.m3u8`);
        expect(url).toBe(new URL(url).href);

        const country = (given as { countriesAllowed?: string[] }).countriesAllowed?.[0] ?? 'XX';
        const judge = (changes: object = {}) =>
          judgeBunny(url, { ...(viewer && { ip: viewer }), country, ...changes } as never);
        expect(judge()).toMatchObject({ allowed: true });
        expect(judge({ now: new Date(expires * 1000) })).toMatchObject({ reason: 'expired' });
        if (viewer) expect(judge({ ip: '198.18.0.1' })).toMatchObject({ reason: 'signature-mismatch' });
        if (viewer) expect(judge({ ip: undefined })).toMatchObject({ reason: 'ip-mismatch' });
      }),
      { numRuns: 300 },
    );
  });

  it('for files', async () => {
    await fc.assert(
      fc.asyncProperty(path, options, async (file, { given, bound, viewer, expires }) => {
        const { url } = signer.signFileUrl(file, given);
        const parameters = documented(given);
        const token = await documentedToken(TOKEN_KEY, file, expires, parameters, bound);
        expect(carried(new URL(url).search)).toEqual({ ...parameters, token, expires: String(expires) });
        expect(url).toMatch(new RegExp(`^https://${HOST}${file.replaceAll('.', '\\.')}\\?`));

        const country = (given as { countriesAllowed?: string[] }).countriesAllowed?.[0] ?? 'XX';
        const request = { ...(viewer && { ip: viewer }), country };
        expect(judgeBunny(url, request)).toMatchObject({ allowed: true });
        expect(judgeBunny(url.replace('?', 'x?'), request)).toMatchObject({ reason: 'signature-mismatch' });
      }),
      { numRuns: 300 },
    );
  });

  it('for embed URLs', async () => {
    await fc.assert(
      fc.asyncProperty(guid, expiresIn, async (id, seconds) => {
        const { url } = signer.signEmbedUrl(id, { expiresIn: seconds });
        const text = new TextEncoder().encode(`${EMBED_KEY}${id}${NOW_SECONDS + seconds}`);
        const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
        const token = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
        expect(url).toBe(
          `https://player.mediadelivery.net/embed/759/${id}?token=${token}&expires=${NOW_SECONDS + seconds}`,
        );
        expect(judgeBunny(url)).toMatchObject({ allowed: true });
      }),
    );
  });
});

it('any one character of a signed playlist URL that is changed, dropped or doubled is denied', () => {
  const { url } = signer.signPlaylistUrl('eb1c4f77-0cda-46be-b47d-1118ad7c2ffe', {
    countriesBlocked: ['RU'],
  });
  // Behind the host, and up to the directory's last character: what is below it is open, "//" included.
  const start = url.indexOf('/bcdn_token');
  const end = url.lastIndexOf('/') - 1;
  fc.assert(
    fc.property(
      fc.integer({ min: start, max: end - 1 }),
      fc.constantFrom('', 'A', '0', '%', '&', '=', '/', '.', '-'),
      fc.boolean(),
      (at, instead, keeps) => {
        const changed = `${url.slice(0, at)}${keeps ? url[at] : ''}${instead}${url.slice(at + 1)}`;
        fc.pre(changed !== url);
        expect(judgeBunny(changed, { country: 'DE' })).toMatchObject({ allowed: false });
      },
    ),
    { numRuns: 3_000 },
  );
});
