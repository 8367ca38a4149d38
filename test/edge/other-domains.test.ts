/** Several domains of one distribution: the signer signs for each, and the edge answers under each for what was signed for it. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigner, envKey, staticKey } from '@storytime/signer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withFirstAlias } from '../../aws/cloudfront/first-alias.ts';
import { type Edge, startEdgeFromStack } from '../../edge/index.ts';
import { backendVariables } from '../../envs/backend-variables.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { dev } from '../envs/examples.ts';
import { newKeys, synthesized } from '../envs/synthesized.ts';
import { cookieHeader } from '../support/cookie-header.ts';
import { DOMAIN, KEY_PAIR_ID, NOW, trustedKey } from './fixture.ts';

const PLAYLIST = '/books/42/index.m3u8';
const config: EnvironmentConfig = {
  ...dev,
  domainName: 'media.storytime.example',
  otherDomainNames: ['video.storytime.example', 'media.fables.example'],
  acmCertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/7f3c2a10',
};
const { variables } = backendVariables(config, {});
/** As docs/moving-a-domain.md has it. */
const domain = [
  variables.CLOUDFRONT_DOMAIN ?? '',
  ...(variables.CLOUDFRONT_OTHER_DOMAINS ?? '').split(','),
].filter((name) => name !== '');
const signer = createSigner({
  key: staticKey({ keyPairId: KEY_PAIR_ID, privateKey: trustedKey.privatePem }),
  domain,
  now: () => NOW,
});
const directory = mkdtempSync(join(tmpdir(), 'storytime-domains-'));
let edge: Edge;

beforeAll(async () => {
  mkdirSync(join(directory, 'books/42'), { recursive: true });
  writeFileSync(join(directory, PLAYLIST), '#EXTM3U\n');
  edge = await startEdgeFromStack({
    stack: synthesized(config, newKeys('2026-11-a')),
    origin: { directory },
    publicKeys: new Map([[KEY_PAIR_ID, trustedKey.publicPem]]),
    domainName: DOMAIN,
    now: () => NOW,
  });
});
afterAll(async () => {
  await edge.close();
  rmSync(directory, { recursive: true });
});

describe('a distribution with several domains', () => {
  it('is signed for by what the backend is told', () => {
    expect(domain).toEqual([config.domainName, ...config.otherDomainNames]);
  });

  it.each(domain)('allows a URL that was signed for the host that is asked for: %s', async (host) => {
    const { url } = await signer.signUrl(`https://${host}${PLAYLIST}`, { expiresIn: 60 });
    const { pathname, search } = new URL(url);
    for (const asked of [...domain, DOMAIN, 'other.storytime.example']) {
      expect([asked, await statusOf(asked, `${pathname}${search}`)]).toEqual([
        asked,
        asked === host ? 200 : 403,
      ]);
    }
  });

  it.each(domain)('allows cookies that were signed for the host that is asked for: %s', async (host) => {
    const { cookies } = await signer.signCookies(`https://${host}/books/42/*`, { expiresIn: 60 });
    for (const asked of domain) {
      expect([asked, await statusOf(asked, PLAYLIST, cookieHeader(cookies))]).toEqual([
        asked,
        asked === host ? 200 : 403,
      ]);
    }
  });

  it('stands for domainName on a loopback host, which a path alone is signed for', async () => {
    const { url } = await signer.signUrl(PLAYLIST, { expiresIn: 60 });
    expect(new URL(url).host).toBe(config.domainName);
    expect(edge.domain).toBe(config.domainName);
    expect(await statusOf('localhost', url.slice(url.indexOf(PLAYLIST)))).toBe(200);
  });

  it('needs a signer for each site, where cookies are to have a Domain', async () => {
    const env = {
      CLOUDFRONT_KEY_PAIR_ID: KEY_PAIR_ID,
      CLOUDFRONT_PRIVATE_KEY: trustedKey.privatePem,
      ...variables,
    };
    const key = envKey({ env });
    expect(() => createSigner({ key, domain, cookieDomain: 'storytime.example' })).toThrow(
      '"cookieDomain" must be media.fables.example or a parent of it',
    );
    const ofSite = createSigner({ key, domain: domain.slice(0, 2), cookieDomain: 'storytime.example' });
    const { setCookie } = await ofSite.signCookies('https://video.storytime.example/books/42/*');
    expect(setCookie.every((line) => line.includes('; Domain=storytime.example;'))).toBe(true);
    // Setting the variable alone changes nothing for a signer that is given no domain.
    expect((await createSigner({ key }).signUrl(PLAYLIST)).url).toMatch(
      /^https:\/\/media\.storytime\.example\//,
    );
  });
});

describe('the alias that comes first', () => {
  const aliases = ['a.example.com', 'b.example.com', 'c.example.com'];

  it('is the named one, and the others keep their order', () => {
    expect(withFirstAlias({ aliases }, 'b.example.com').aliases).toEqual([
      'b.example.com',
      'a.example.com',
      'c.example.com',
    ]);
  });

  it.each([null, 'd.example.com'])('stays as it is for %s, which is none of them', (first) => {
    expect(withFirstAlias({ aliases }, first).aliases).toEqual(aliases);
  });
});

async function statusOf(host: string, path: string, cookie = ''): Promise<number | undefined> {
  const outgoing = request(`${edge.url}${path}`, { headers: { host, cookie }, agent: false });
  outgoing.end();
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  incoming.resume();
  return incoming.statusCode;
}
