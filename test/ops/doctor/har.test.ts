/** Which request of a HAR is taken, among those that a page sends to its own site, to others and to the environment. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dev } from '../../../envs/dev.ts';
import { local } from '../../../envs/local.ts';
import { environmentHosts, environmentsByHost } from '../../../ops/doctor/environment-hosts.ts';
import { takeFromHar } from '../../../ops/doctor/har.ts';
import { parsePasted } from '../../../ops/doctor/pasted.ts';
import { viewerFrom } from '../../../ops/doctor/viewer.ts';
import { parseViewerUrl } from '../../../ops/doctor/viewer-url.ts';
import { type Asked, aborted, answered, harOf, UNREADABLE } from './hars.ts';
import { HOST, printed, SEEN, wellBut } from './observations.ts';

const COOKIES = 'CloudFront-Policy=p; CloudFront-Signature=s; CloudFront-Key-Pair-Id=K1';
const playlist: Asked = {
  url: `https://${HOST}/books/42/index.m3u8`,
  cookies: COOKIES,
  origin: 'https://app.example.com',
};
const segment: Asked = { ...playlist, url: `https://${HOST}/books/42/1.ts` };
const page = answered({ url: 'https://app.example.com/', cookies: 'session=1' }, 200);
const heartbeat = answered(
  {
    url: 'https://app.example.com/api/heartbeat',
    method: 'POST',
    cookies: `session=1; ${COOKIES}`,
    origin: 'https://app.example.com',
    startedAt: '2026-11-20T12:00:09.000Z',
  },
  200,
);
const forbiddenApi = answered({ url: 'https://app.example.com/api/me', cookies: 'session=1' }, 403);
const blockedAd = UNREADABLE.Chromium?.({ url: 'https://ads.example.net/pixel' }) ?? {};

const taken = (entries: readonly object[], hosts = SEEN.hosts) =>
  takeFromHar(parsePasted(harOf(entries)).har ?? [], hosts);

describe('a HAR', () => {
  it.each(Object.entries(UNREADABLE))(
    'of %s gives the denial that the page could not read, not a later request with cookies',
    (_, unreadable) => {
      const { request, taken: place } = taken([page, blockedAd, unreadable(playlist), heartbeat]);

      expect(request).toMatchObject({ url: playlist.url, cookies: COOKIES, origin: playlist.origin });
      expect(place).toMatchObject({ number: 3, of: 4 });
    },
  );

  it.each<[string, readonly object[], string | undefined]>([
    ['a 403', [UNREADABLE.Chromium?.(segment) ?? {}, answered(playlist, 403), forbiddenApi], playlist.url],
    [
      'an unreadable answer',
      [answered(playlist, 200), UNREADABLE.Firefox?.(segment) ?? {}, heartbeat],
      segment.url,
    ],
    ['the newest signature', [answered(playlist, 200), answered(segment, 200), heartbeat], segment.url],
    [
      'a signed address',
      [answered({ url: `${segment.url}?Policy=p&Signature=s&Key-Pair-Id=K1` }, 200), page],
      `${segment.url}?Policy=p&Signature=s&Key-Pair-Id=K1`,
    ],
    ['the first denial', [answered(playlist, 403), answered(segment, 403)], playlist.url],
    [
      'a denial rather than what a player gave up',
      [aborted(segment), UNREADABLE.Safari?.(playlist) ?? {}],
      playlist.url,
    ],
    ['what a player gave up, if nothing else is signed', [aborted(segment), page], segment.url],
    [
      'a request before the others in time',
      [{ ...answered(segment, 403), startedDateTime: '2026-11-20T12:00:05Z' }, answered(playlist, 403)],
      playlist.url,
    ],
  ])('gives %s', (_, entries, url) => {
    expect(taken(entries).request.url).toBe(url);
  });

  it.each<[string, readonly object[]]>([
    ['of other sites', [page, heartbeat, forbiddenApi, blockedAd]],
    ['that is empty', []],
    ['of hosts that only look alike', [answered({ ...playlist, url: `https://x${HOST}/a` }, 403)]],
    ['of another port of the host', [answered({ ...playlist, url: `https://${HOST}:8443/a` }, 403)]],
    ['of a loopback host', [answered({ ...playlist, url: 'http://127.0.0.1:4443/books/42/1.ts' }, 403)]],
    ['of what is no address', [answered({ url: 'blob:https://media.example.com/1' }, 403)]],
  ])('%s is refused in a line that names the hosts', (_, entries) => {
    expect(() => taken(entries)).toThrow(
      `the HAR has no request to "prod": expected one to ${HOST} or d111111abcdef8.cloudfront.net, got ${entries.length} to other hosts`,
    );
  });

  it('without a denied or signed request is refused, and says why browsers leave cookies out', () => {
    expect(() => taken([answered({ url: playlist.url }, 200), page])).toThrow(
      /^the HAR: expected a request to "prod" that was denied or has CloudFront cookies, got 1 without; .*"with sensitive data"$/,
    );
  });

  it('gives the request for the address that was named', () => {
    const har = parsePasted(harOf([answered(playlist, 403), answered(segment, 200)]));
    const viewer = viewerFrom({ url: segment.url }, har)(SEEN);

    expect(viewer.url).toEqual(parseViewerUrl(segment.url));
    expect(viewer.fromHar).toMatchObject({ number: 2 });
  });

  it('is told in the evidence: which request, and that it has no cookies', () => {
    const har = parsePasted(harOf([page, UNREADABLE.Playwright?.({ url: playlist.url }) ?? {}, heartbeat]));
    const viewer = viewerFrom({ url: undefined }, har)(SEEN);

    expect(printed(wellBut({ viewer }))).toMatch(
      new RegExp(`^HAR +– +request 2 of 3: GET ${playlist.url}, status -1 .*no CloudFront cookies`, 'm'),
    );
  });

  it('gives, in whatever order its entries are, a request to the environment, denied if any was', () => {
    const kinds = [
      (asked: Asked) => answered(asked, 403),
      ...Object.values(UNREADABLE),
      (asked: Asked) => answered(asked, 200),
      aborted,
    ];
    const rank = (kind: number) => (kind === 0 ? 0 : kind <= 4 ? 1 : 2);
    const entry = fc.record({
      kind: fc.nat(kinds.length - 1),
      isOurs: fc.boolean(),
      second: fc.integer({ min: 10, max: 59 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(entry, { minLength: 1, maxLength: 12, selector: ({ second }) => second }),
        fc.infiniteStream(fc.nat()),
        (entries, order) => {
          const written = entries.map(({ kind, isOurs, second }) => ({
            made: kinds[kind]?.({
              ...playlist,
              url: `https://${isOurs ? HOST : 'app.example.com'}/books/42/${second}.ts`,
              startedAt: `2026-11-20T12:00:${second}.000Z`,
            }) as object,
            at: Number(order.next().value),
          }));
          const shuffled = written.toSorted((one, other) => one.at - other.at).map(({ made }) => made);
          const ours = entries.filter(({ isOurs }) => isOurs);
          if (ours.length === 0) {
            expect(() => taken(shuffled)).toThrow(expect.objectContaining({ option: 'the HAR' }));
            return;
          }
          const best = Math.min(...ours.map(({ kind }) => rank(kind)));
          const seconds = ours.filter(({ kind }) => rank(kind) === best).map(({ second }) => second);
          const wanted = best === 2 ? Math.max(...seconds) : Math.min(...seconds);
          const { request, taken: place } = taken(shuffled);

          expect(request.url).toBe(`https://${HOST}/books/42/${wanted}.ts`);
          expect(place.number).toBe(entries.filter(({ second }) => second <= wanted).length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the hosts of an environment', () => {
  const distribution = { domainName: 'd222222abcdef8.cloudfront.net', aliases: ['*.media.example.com'] };
  const isTaken = (url: string, hosts: ReturnType<typeof environmentHosts>) => {
    try {
      return taken([answered({ url, cookies: COOKIES }, 403)], hosts as typeof SEEN.hosts) !== null;
    } catch {
      return false;
    }
  };

  it.each([
    ['https://d222222abcdef8.cloudfront.net/a', true],
    ['https://one.media.example.com/a', true],
    ['https://media.example.com/a', false],
    ['https://d333333abcdef8.cloudfront.net/a', false],
    ['http://localhost:4443/a', false],
  ])('of dev are its distribution’s: %s %s', (url, expected) => {
    expect(isTaken(url, environmentHosts(dev, distribution, null))).toBe(expected);
  });

  it.each([
    ['http://localhost:4443/a', true],
    ['http://127.0.0.1:4480/a', true],
    ['http://127.0.0.1:4999/a', true],
    ['http://127.0.0.1:4400/a', false],
    ['http://localhost/a', false],
    ['https://d222222abcdef8.cloudfront.net/a', true],
  ])('of local are the edge’s ports too: %s %s', (url, expected) => {
    expect(isTaken(url, environmentHosts(local, distribution, 'http://127.0.0.1:4999'))).toBe(expected);
  });

  it('are known by each of their own domains, for the request that is another environment’s', () => {
    const prod = {
      ...dev,
      environment: 'prod',
      domainName: 'media.example.com',
      otherDomainNames: ['video.example.com'],
    };
    expect([...environmentsByHost([dev, prod])]).toEqual([
      ['media.example.com', 'prod'],
      ['video.example.com', 'prod'],
    ]);
  });

  it('are every configured name where the distribution cannot be seen', () => {
    const config = {
      ...dev,
      domainName: 'media.dev.example.com',
      otherDomainNames: ['video.dev.example.com'],
    };
    const hosts = environmentHosts(config, null, null);
    expect(isTaken('https://video.dev.example.com/a', hosts)).toBe(true);
    expect(isTaken('https://other.dev.example.com/a', hosts)).toBe(false);
  });

  it.each([
    ['media.dev.example.com', 'https://media.dev.example.com/a', true],
    ['media.dev.example.com', 'https://d222222abcdef8.cloudfront.net/a', false],
    [null, 'https://d222222abcdef8.cloudfront.net/a', true],
    [null, 'https://app.example.com/a', false],
  ])(
    'are the configured name (%s) where the distribution cannot be seen: %s %s',
    (domainName, url, expected) => {
      expect(isTaken(url, environmentHosts({ ...dev, domainName }, null, null))).toBe(expected);
    },
  );
});
