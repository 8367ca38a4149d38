/** The conformance table: what AWS's pages say, case by case, against the edge in process and over a socket. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Origin } from '../../edge/origin.ts';
import { createS3Origin } from '../../edge/s3-origin.ts';
import { selfSignedCertificate } from '../../edge/self-signed.ts';
import { expectAnswer } from './conformance/expect-answer.ts';
import { makeKeys } from './conformance/keys.ts';
import { distributionOf, runCase } from './conformance/run-case.ts';
import { type S3StandIn, startS3StandIn } from './conformance/s3-stand-in.ts';
import { askOverSocket, type CaseListeners, listenForCases } from './conformance/sockets.ts';
import { PRIVATE, readVectorFiles, type VectorCase, type VectorFile } from './conformance/vector-file.ts';
import { DOMAIN } from './fixture.ts';

const tables = readVectorFiles();
const cases = tables.flatMap(({ table }) => table.cases);
const keys = makeKeys();
let s3: S3StandIn;
let origin: Origin;
let plain: CaseListeners;
let tls: CaseListeners;
let bucketNumber = 0;

beforeAll(async () => {
  s3 = await startS3StandIn();
  origin = createS3Origin({ endpoint: s3.url, timeoutMs: 10_000 });
  plain = await listenForCases(origin);
  tls = await listenForCases(origin, await selfSignedCertificate(new Date()));
});

afterAll(async () => {
  await Promise.all([plain?.close(), tls?.close()]);
  origin?.close();
  await s3?.close();
});

/** A bucket of its own for every case, so that what S3 was asked can be counted. */
function prepare(table: VectorFile, { distribution: label }: VectorCase) {
  const vector = label === 'private' ? PRIVATE : table.distributions[label];
  if (!vector) throw new TypeError(`no distribution "${label}" in the table`);
  bucketNumber += 1;
  const bucket = `bucket-${bucketNumber}`;
  s3.put(bucket, table.objects);
  return { bucket, distribution: distributionOf(vector, { keys, bucket }) };
}

describe('the table', () => {
  it('has at least 600 cases, and more denials than allowances', () => {
    const denials = cases.filter(({ expect: { status } }) => status >= 400);
    expect(cases.length).toBeGreaterThanOrEqual(600);
    expect(denials.length).toBeGreaterThan(cases.length / 2);
  });

  it('expects every code of a signature denial at least ten times', () => {
    for (const code of [
      'MissingKey',
      'InvalidKey',
      'MalformedPolicy',
      'MalformedSignature',
      'AccessDenied',
    ]) {
      expect(cases.filter((each) => each.expect.code === code).length, code).toBeGreaterThanOrEqual(10);
    }
  });

  it('says nothing twice within a file', () => {
    for (const { file, table } of tables) {
      const names = table.cases.map(({ name }) => name);
      expect(new Set(names).size, file).toBe(names.length);
    }
  });

  it('uses every distribution and holds no private key', () => {
    for (const { file, table } of tables) {
      const used = new Set(table.cases.map((each) => each.distribution));
      expect(
        Object.keys(table.distributions).filter((label) => !used.has(label)),
        file,
      ).toEqual([]);
      expect(JSON.stringify(table), file).not.toContain('PRIVATE KEY');
    }
  });
});

describe.each(tables)('in process, $file', ({ table }) => {
  const inProcess = table.cases.filter((each) => !each.onSocketsOnly);
  it.each(inProcess.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const { bucket, distribution: judged } = prepare(table, each);
    const observed = await runCase(each, { distribution: judged, origin, keys });
    expectAnswer(observed, each);
    if (each.expect.originRequests !== undefined) {
      expect(s3.requests(bucket), 'requests that reached S3').toBe(each.expect.originRequests);
    }
  });
});

describe.each(tables)('over a socket, $file', ({ table }) => {
  it.each([
    ['HTTP/1.1', () => plain],
    ['TLS and HTTP/2', () => tls],
  ])('gives every answer that it gives in process: %s', async (_, listeners) => {
    for (const each of table.cases) {
      const { distribution: judged } = prepare(table, each);
      const context = { listeners: listeners(), distribution: judged, keys, host: DOMAIN };
      expectAnswer(await askOverSocket(each, context), each);
    }
  });
});

describe("the README's example", () => {
  it('is a case of the table', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    const example: unknown = JSON.parse(/```json\n([^`]*)```/.exec(readme)?.[1] ?? 'null');
    const file = new URL('../vectors/edge/times-and-addresses.json', import.meta.url);
    expect(JSON.parse(readFileSync(file, 'utf8')).cases).toContainEqual(example);
  });
});
