/** Two judges that share no code: the edge, and a table of rules whose signatures are checked by openssl. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../edge/cache.ts';
import { createDirectoryOrigin } from '../../edge/directory-origin.ts';
import { handleRequest } from '../../edge/handle-request.ts';
import { behaviour, distribution } from './fixture.ts';
import { factsOf } from './oracle/facts.ts';
import { type Generated, generate, makeSigningKeys } from './oracle/generate.ts';
import { verifyAll } from './oracle/openssl.ts';
import { type Code, checkOf, signedBy, type Verdict, verdictOf } from './oracle/rules.ts';

const COUNT = 10_000;
/** `EDGE_ORACLE_SEED=…` tries other requests. */
const SEED = Number(process.env.EDGE_ORACLE_SEED ?? 20_261_120);

const keys = makeSigningKeys();
const publicKeys = new Map(keys.map(({ id, publicPem }) => [id, publicPem]));
const origin = startOrigin();
let compared: { readonly generated: Generated; readonly wanted: Verdict; readonly got: string }[];

function startOrigin() {
  const directory = mkdtempSync(join(tmpdir(), 'edge-oracle-origin-'));
  const file = join(directory, 'books/42/index.m3u8');
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#EXTM3U\n');
  return { directory, origin: createDirectoryOrigin({ directory }) };
}

beforeAll(async () => {
  console.log(`oracle: ${COUNT} requests of seed ${SEED}; EDGE_ORACLE_SEED chooses another`);
  const all = generate(COUNT, SEED, keys).map((generated) => ({
    generated,
    facts: factsOf(generated.world, generated.request),
  }));
  const good = await verifyAll(
    all.flatMap(({ facts }) => checkOf(facts) ?? []),
    publicKeys,
  );
  compared = [];
  for (const { generated, facts } of all) {
    compared.push({
      generated,
      wanted: verdictOf(facts, signedBy(good)),
      got: await askEdge(generated),
    });
  }
}, 300_000);

afterAll(() => {
  origin.origin.close();
  rmSync(origin.directory, { recursive: true });
});

/** The edge's answer as a viewer sees it, by status, headers and words. */
async function askEdge({ world, request }: Generated): Promise<string> {
  const usual = behaviour();
  const mark = request.target.indexOf('?');
  const { response } = await handleRequest(
    {
      method: request.method,
      protocol: request.protocol,
      host: request.host,
      path: mark === -1 ? request.target : request.target.slice(0, mark),
      query: mark === -1 ? '' : request.target.slice(mark + 1),
      headers: request.cookie === undefined ? {} : { cookie: request.cookie },
      ip: request.ip,
      ...(request.country !== undefined && { country: request.country }),
    },
    {
      distribution: distribution({
        domainName: world.domainName,
        aliases: world.aliases,
        geoRestriction: world.geo,
        behaviours: world.behaviours.map(({ keyPairIds, ...one }) => ({
          ...usual,
          ...one,
          trustedKeys: keyPairIds && new Map(keyPairIds.map((id) => [id, publicKeys.get(id) ?? ''])),
        })),
      }),
      origin: origin.origin,
      cache: createCache(),
      now: new Date(request.nowSeconds * 1000),
      requestId: 'oracle',
      signal: new AbortController().signal,
    },
  );
  const chunks: Buffer[] = [];
  if (Buffer.isBuffer(response.body)) chunks.push(response.body);
  else for await (const chunk of response.body ?? []) chunks.push(chunk);
  return kindOf(response.status, Buffer.concat(chunks).toString());
}

function kindOf(status: number, body: string): string {
  if (status === 301 || status === 307) return 'redirect';
  // What the edge has allowed may still be missing in the folder (to HEAD without a body, where the edge's own refusals
  // have theirs until a socket drops it), or be a method that the edge does not do.
  if (status !== 403 || body === '') return 'allowed';
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1];
  if (code !== undefined) return body.includes('<RequestId>') ? 'allowed' : code;
  if (body.includes('block access from your country')) return 'geo';
  return body.includes('HTTP request method') ? 'method' : 'bad-request';
}

/** Where no page says what happens, nobody gets in. */
function agrees(wanted: Verdict, got: string): boolean {
  switch (wanted.kind) {
    case 'denied':
      return wanted.codes.includes(got as Code);
    case 'silent':
      return got !== 'allowed';
    case 'bad-host':
    case 'https-only':
      return got === 'bad-request';
    default:
      return got === wanted.kind;
  }
}

const count = (holds: (wanted: Verdict) => boolean) => compared.filter(({ wanted }) => holds(wanted)).length;

describe(`the edge and the oracle, on ${COUNT} requests of seed ${SEED}`, () => {
  it('agree on every one', () => {
    const differing = compared
      .filter(({ wanted, got }) => !agrees(wanted, got))
      .map(({ generated, wanted, got }) => ({ wanted, got, ...generated }));
    expect(differing.slice(0, 3)).toEqual([]);
  });

  it('have seen every way to be allowed', () => {
    for (const via of ['url', 'cookies', 'open'] as const) {
      expect(
        count((one) => one.kind === 'allowed' && one.via === via),
        via,
      ).toBeGreaterThanOrEqual(400);
    }
  });

  it('have seen every stage refuse', () => {
    for (const kind of ['bad-host', 'geo', 'redirect', 'https-only', 'method'] as const) {
      expect(
        count((one) => one.kind === kind),
        kind,
      ).toBeGreaterThanOrEqual(100);
    }
  });

  it('have seen each rule of signatures broken by itself', () => {
    const least = {
      'a key pair id': 80,
      'a trusted key': 400,
      'a policy': 250,
      'a signature': 80,
      'a hash algorithm': 30,
      'a signature of this policy': 130,
      'the resource': 110,
      'before DateLessThan': 220,
      'after DateGreaterThan': 80,
      'the source address': 90,
    };
    for (const [name, minimum] of Object.entries(least)) {
      const alone = count(
        (one) => one.kind === 'denied' && one.broken.length === 1 && one.broken[0] === name,
      );
      expect(alone, name).toBeGreaterThanOrEqual(minimum);
    }
    expect(count((one) => one.kind === 'denied' && one.broken.length > 1)).toBeGreaterThanOrEqual(500);
  });

  it('have seen few requests that no page covers', () => {
    expect(count(({ kind }) => kind === 'silent')).toBeLessThan(COUNT / 10);
  });
});
