/** Hostile bytes on the edge's own sockets: it stays up, reads nothing outside its folder, and allows nobody unsigned. */
import { createPublicKey } from 'node:crypto';
import { connect } from 'node:net';
import { explain } from '@storytime/signer/verify';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { carry, type Fields, type HonestRequest, hostileFields } from '../support/hostile-fields.ts';
import { DOMAIN, NOW } from './fixture.ts';
import {
  CANARY_TEXT,
  type FuzzEdge,
  OPEN_TEXT,
  PAID_PATH,
  PRIVATE_PATH,
  PRIVATE_TEXT,
  startFuzzEdge,
} from './fuzz/fuzz-edge.ts';
import { HOSTILE, hostileRequests } from './fuzz/hostile.ts';
import { exchange, statusesIn } from './fuzz/raw-socket.ts';
import { coversPath } from './oracle/patterns.ts';

const RUNS = 2000;
/** `EDGE_FUZZ_SEED=…` tries other requests. */
const SEED = Number(process.env.EDGE_FUZZ_SEED ?? 20_261_120);

let edge: FuzzEdge;

beforeAll(async () => {
  console.log(`fuzz: ${RUNS} requests of seed ${SEED}; EDGE_FUZZ_SEED chooses another`);
  edge = await startFuzzEdge();
});

afterAll(() => edge?.close());

afterEach(() => {
  expect(edge.warnings).toEqual([]);
});

function request(target: string, ...headers: string[]): string {
  return [`GET ${target} HTTP/1.1`, `Host: ${DOMAIN}`, 'Connection: close', ...headers, '', ''].join('\r\n');
}

async function expectStillServing(): Promise<void> {
  const answer = await exchange(edge.port, [request(PRIVATE_PATH, `Cookie: ${edge.cookie}`)]);
  expect(statusesIn(answer)).toEqual([200]);
  expect(answer).toContain(PRIVATE_TEXT);
}

/** Nothing from outside, nothing that needs a signature, and nothing that a viewer's bytes put into an answer's head. */
function expectHarmless(answer: string): void {
  expect(answer).not.toContain(CANARY_TEXT);
  expect(answer).not.toContain(PRIVATE_TEXT);
  expect(answer).not.toContain('root:');
  expect(answer).not.toMatch(/^X-Injected/im);
  for (const status of statusesIn(answer))
    expect([200, 206, 304, 400]).toContain(status < 400 ? status : 400);
}

/** Private paths never reach the folder unsigned: what was asked for is under `open/`, by the oracle's own reading. */
function expectOnlyOpenAsked(from: number): void {
  for (const path of edge.asked.slice(from)) expect(path).toSatisfy((one) => coversPath('open/*', one));
}

describe('each of these', () => {
  it.each(HOSTILE.map(({ name, pieces }) => [name, pieces] as const))(
    'harms nobody: %s',
    async (_, pieces) => {
      for (const port of [edge.port, edge.httpPort]) {
        const before = edge.asked.length;
        const answer = await exchange(port, pieces);
        if (port === edge.port) expectHarmless(answer);
        else expect(answer).not.toMatch(/^HTTP\/1\.1 2/m);
        expectOnlyOpenAsked(before);
      }
      await expectStillServing();
    },
  );
});

describe('whatever chance makes of them', () => {
  it(`harms nobody in ${RUNS} requests of seed ${SEED}`, async () => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(hostileRequests, async (bytes) => {
        const before = edge.asked.length;
        const answer = await exchange(edge.port, [bytes]);
        expectHarmless(answer);
        expectOnlyOpenAsked(before);
        const outcome = String(statusesIn(answer)[0] ?? 'no answer');
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        await expectStillServing();
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    // Neither all refused by the parser nor all by the judge.
    expect(outcomes.get('400') ?? 0).toBeGreaterThan(RUNS / 20);
    expect(outcomes.get('403') ?? 0).toBeGreaterThan(RUNS / 20);
  }, 120_000);
});

describe("a request made of other requests' values", () => {
  const vias = ['url', 'cookies'] as const;

  it(`gets what a key that has verified nothing would give it, in ${RUNS} requests of seed ${SEED}`, async () => {
    const keyPairId = edge.honest[0]?.fields['Key-Pair-Id'] ?? '';
    const statusOf = async (url: string, fields: Fields, via: 'url' | 'cookies') => {
      const { query, cookies } = carry(fields, via);
      const target = `${url.slice(`https://${DOMAIN}`.length)}${query}`;
      const answer = await exchange(edge.port, [
        request(target, ...(cookies === undefined ? [] : [`Cookie: ${cookies}`])),
      ]);
      return statusesIn(answer)[0];
    };
    for (const { url, fields } of edge.honest)
      for (const via of vias) expect(await statusOf(url, fields, via)).toBe(200);
    const asked = fc.record({
      url: fc
        .constantFrom(PAID_PATH, ...edge.honest.map(({ url }) => url))
        .map((url) => new URL(url, `https://${DOMAIN}`).href),
      via: fc.constantFrom(...vias),
      fields: hostileFields(edge.honest),
    });
    const statuses = new Map<number | undefined, number>();
    await fc.assert(
      fc.asyncProperty(asked, async ({ url, via, fields }) => {
        const { query, cookies } = carry(fields, via);
        const cold = explain({
          url: `${url}${query}`,
          ...(cookies !== undefined && { cookies }),
          now: NOW,
          trustedKeys: new Map([[keyPairId, createPublicKey(edge.publicPem)]]),
        });
        const status = await statusOf(url, fields, via);
        expect(status === 200).toBe(cold.allowed);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
      { seed: SEED, numRuns: RUNS, endOnFailure: true },
    );
    // Some are allowed and most are not, by the judge as well as by the parser.
    for (const status of [200, 403, 400]) expect(statuses.get(status) ?? 0).toBeGreaterThan(RUNS / 100);
  }, 120_000);

  it('does not open a paid file with what a free one was signed with', async () => {
    const free = edge.honest[0] as HonestRequest;
    const { Expires, Signature, 'Key-Pair-Id': id } = free.fields;
    const names = ['CloudFront-Policy', 'CloudFront-Signature', 'CloudFront-Hash-Algorithm'];
    const sets = [
      [`${Expires} ${free.url}`, Signature, 'SHA1'],
      [free.url, `${Signature} ${Expires}`, 'SHA1'],
      [free.url, Expires, `SHA1 ${Signature}`],
    ];
    for (const values of sets) {
      const cookies = values.map((value, index) => `${names[index]}=${value}`).join('; ');
      const answer = await exchange(edge.port, [
        request(PAID_PATH, `Cookie: ${cookies}; CloudFront-Key-Pair-Id=${id}`),
      ]);
      expectHarmless(answer);
      expect(statusesIn(answer)).toEqual([403]);
    }
  });
});

describe('with a valid signature at hand', () => {
  const parameters = () => edge.signed.map(([name, value]) => `${name}=${value}`);
  const refused = async (raw: string) => {
    const answer = await exchange(edge.port, [raw]);
    expectHarmless(answer);
    expect(statusesIn(answer)[0]).toBeGreaterThanOrEqual(400);
    await expectStillServing();
  };

  it('a second Policy in the query allows nobody, before or after the good one', async () => {
    await refused(request(`${PRIVATE_PATH}?${['Policy=e30_', ...parameters()].join('&')}`));
    await refused(request(`${PRIVATE_PATH}?${[...parameters(), 'Policy=e30_'].join('&')}`));
  });

  it.each(['Policy', 'Signature', 'Key-Pair-Id'])('a second %s in cookies allows nobody', async (name) => {
    await refused(request(PRIVATE_PATH, `Cookie: CloudFront-${name}=e30_; ${edge.cookie}`));
    await refused(request(PRIVATE_PATH, `Cookie: ${edge.cookie}; CloudFront-${name}=e30_`));
    await refused(request(PRIVATE_PATH, `Cookie: ${edge.cookie}`, `Cookie: CloudFront-${name}=e30_`));
  });

  it('a parameter of the query makes good cookies worth nothing', async () => {
    for (const [name] of edge.signed) {
      await refused(request(`${PRIVATE_PATH}?${name}=x`, `Cookie: ${edge.cookie}`));
    }
  });

  it('another host allows nobody', async () => {
    const raw = request(PRIVATE_PATH, `Cookie: ${edge.cookie}`);
    await refused(raw.replace(DOMAIN, 'media.storytime.example'));
    await refused(raw.replace(DOMAIN, 'evil.example'));
  });

  it.each([
    ['a host with a path', PRIVATE_PATH, `${DOMAIN}/books/42/x?.example.com`],
    ['a host with a fragment', PRIVATE_PATH, `${DOMAIN}#.localhost`],
    ['a host of a loopback name with a path', PRIVATE_PATH, 'a/books.localhost'],
    ['a host with a user', PRIVATE_PATH, `a@${DOMAIN}`],
    ['a host with two ports', PRIVATE_PATH, `${DOMAIN}:1:2`],
    ['a target with a fragment', `${PRIVATE_PATH}#full`, DOMAIN],
    ['a query with a fragment', `${PRIVATE_PATH}?#&Expires=1`, DOMAIN],
  ])('%s is a bad request', async (_, target, host) => {
    const raw = request(target, `Cookie: ${edge.cookie}`).replace(`Host: ${DOMAIN}`, `Host: ${host}`);
    expect(statusesIn(await exchange(edge.port, [raw]))).toEqual([400]);
  });

  it('two hosts allow nobody, whichever is the good one', async () => {
    await refused(request(PRIVATE_PATH, 'Host: evil.example', `Cookie: ${edge.cookie}`));
    await refused(
      request(PRIVATE_PATH, `Host: ${DOMAIN}`, `Cookie: ${edge.cookie}`).replace(DOMAIN, 'evil.example'),
    );
  });

  it('a path that leaves the signed folder by dots gets nothing of what it leads to', async () => {
    for (const path of [
      '/books/42/../../../canary.txt',
      '/books/42/../../open/link.txt',
      '/books/42/%2e%2e/%2e%2e/%2e%2e/canary.txt',
      '/books/42/..%2f..%2f..%2fcanary.txt',
      '/books/42/..%5c..%5c..%5ccanary.txt',
      '/books/42/%00/../../../canary.txt',
      '/books/42/index.m3u8%00',
      '/books/42//../../../canary.txt',
    ]) {
      await refused(request(path, `Cookie: ${edge.cookie}`));
    }
  });

  it('a hundred other cookies beside the good ones change nothing', async () => {
    const others = Array.from({ length: 100 }, (_, index) => `other${index}=${index}`).join('; ');
    const answer = await exchange(edge.port, [request(PRIVATE_PATH, `Cookie: ${others}; ${edge.cookie}`)]);
    expect(statusesIn(answer)).toEqual([200]);
  });

  it('a signed request and a smuggled one get one answer each, the second a refusal', async () => {
    const first = request(PRIVATE_PATH, `Cookie: ${edge.cookie}`).replace('Connection: close\r\n', '');
    const answer = await exchange(edge.port, [first, request(PRIVATE_PATH)]);
    expect(statusesIn(answer)).toEqual([200, 403]);
    expect(answer.split(PRIVATE_TEXT)).toHaveLength(2);
  });

  it('the open object stays open', async () => {
    expect(await exchange(edge.port, [request('/open/a.txt')])).toContain(OPEN_TEXT);
  });
});

describe('viewers who take their time', () => {
  it('two hundred of them with half a header each keep nobody else waiting', async () => {
    const sockets = await Promise.all(
      Array.from(
        { length: 200 },
        () =>
          new Promise<ReturnType<typeof connect>>((resolve, reject) => {
            const socket = connect({ port: edge.port, host: '127.0.0.1' }, () => {
              socket.write('GET /books/42/index.m3u8 HTTP/1.1\r\nHos', () => resolve(socket));
            });
            socket.once('error', reject);
          }),
      ),
    );
    await expectStillServing();
    for (const socket of sockets) socket.resetAndDestroy();
    await expectStillServing();
  });

  it('one who leaves in the middle of a request harms nobody', async () => {
    for (const part of [request(PRIVATE_PATH).slice(0, 20), request(PRIVATE_PATH), request('/open/a.txt')]) {
      await new Promise<void>((resolve, reject) => {
        const socket = connect({ port: edge.port, host: '127.0.0.1' }, () => {
          socket.write(part, () => {
            socket.resetAndDestroy();
            resolve();
          });
        });
        socket.once('error', reject);
      });
      await expectStillServing();
    }
  });
});
