/** docs/coming-from.md, row by row: both sides sign, `explain` judges both, and what they signed is compared. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../../support/compile-snippets.ts';
import { failureOf, rsa } from '../fixtures.ts';
import { AWS_SDK_VERSION } from './aws-sdk.ts';
import { callsOf, type Library, refusalsOf, versionsOnPage } from './page.ts';
import { forgottenAwait, LIBRARIES, languageOf, moduleOf, snippetOf } from './page-module.ts';
import { judge, policyOf, requestsOf, type SignedRequest } from './requests.ts';
import { type Call, load, loadCalls, loadCallsToday, usePage, weak, whyUnavailable } from './run-page.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const require = createRequire(import.meta.url);

usePage();

it('has a table of calls and one of refusals for each library', () => {
  expect(LIBRARIES).toEqual([
    '@aws-sdk/cloudfront-signer',
    'aws-cloudfront-sign',
    'aws-sdk',
    'botocore',
    'Ruby',
  ]);
  expect(LIBRARIES.filter((library) => callsOf(library).length < 6)).toEqual([]);
  expect(LIBRARIES.filter((library) => refusalsOf(library).length < 4)).toEqual([]);
});

it('names the versions that are compared', () => {
  const installed = (name: string) => require(join(ROOT, 'node_modules', name, 'package.json')).version;
  expect(versionsOnPage()).toEqual({
    '@aws-sdk/cloudfront-signer': installed('@aws-sdk/cloudfront-signer'),
    'aws-cloudfront-sign': installed('aws-cloudfront-sign'),
    'aws-sdk': AWS_SDK_VERSION,
  });
});

describe.each(LIBRARIES)('%s', (library) => {
  const rows = callsOf(library);
  const refusals = refusalsOf(library);
  const today = new Map<string, Call | undefined>();
  const ours = new Map<string, Call | undefined>();
  let unavailable: string | undefined;

  beforeAll(async () => {
    unavailable = whyUnavailable(library);
    if (unavailable !== undefined) return;
    const theirCodes = [...rows, ...refusals].map((row) => row.today);
    const theirCalls = await loadCallsToday(library, theirCodes);
    for (const [index, code] of theirCodes.entries()) today.set(code, theirCalls[index]);

    const codes = [...rows, ...refusals].flatMap((row) =>
      'code' in row ? [row.ours, row.instead] : [row.ours],
    );
    const calls = await loadCalls(`ours-${LIBRARIES.indexOf(library)}`, codes, typed(library));
    for (const [index, code] of codes.entries()) ours.set(code, calls[index]);
  }, 120_000);
  beforeEach(({ skip }) => skip(unavailable !== undefined, unavailable));

  const signToday = async (code: string) => requestsOf(await today.get(code)?.());
  const signOurs = async (code: string) => requestsOf(await ours.get(code)?.());

  it.each(titled(rows, (row) => `${row.today} becomes ${row.ours}`))('%s', async (_title, row) => {
    const theirs = await signToday(row.today);
    const replaced = await signOurs(row.ours);

    const [, reason = 'allowed'] = /today `([\w-]+)`/.exec(row.signed) ?? [];
    expect(theirs.map((request) => judge(request))).toEqual(theirs.map(() => reason));
    expect(replaced.map((request) => judge(request))).toEqual(theirs.map(() => 'allowed'));
    for (const [index, request] of theirs.entries()) {
      compare(row.signed, request, replaced[index] as SignedRequest);
    }
  });

  it.each(titled(refusals, (row) => `${row.today} is signed, and ${row.ours} is refused`))(
    '%s',
    async (_title, row) => {
      const trusted = row.today.includes('weakKey') ? weak : rsa;
      const [theirs] = await signToday(row.today);
      expect(judge(theirs as SignedRequest, trusted)).toBe(row.judged);

      expect((await failureOf(() => ours.get(row.ours)?.())).code).toBe(row.code);
      const [instead] = await signOurs(row.instead);
      expect(judge(instead as SignedRequest)).toBe('allowed');
    },
  );
});

it('is right that aws-cloudfront-sign writes "~" as "%7E", which explain does not read', async () => {
  const codes = Array.from({ length: 8 }, (_, index) => `getSignedUrl(cdn + '${index}.mp4', options)`);
  const calls = await loadCalls('tildes', codes, 'aws-cloudfront-sign');
  const urls = (await Promise.all(calls.map((call) => call()))) as string[];

  expect(urls.filter((url) => url.includes('~'))).toEqual([]);
  const escaped = urls.filter((url) => url.includes('%7E'));
  // One RSA signature in two hundred holds none.
  expect(escaped.length).toBeGreaterThan(0);
  expect(new Set(escaped.map((url) => judge({ url, fields: {} })))).toEqual(new Set(['malformed-signature']));
});

describe('the TypeScript of the page', () => {
  it('compiles: every call that is recommended, and the calls of libraries that have types', () => {
    const modules = LIBRARIES.map((library) => {
      const rows = callsOf(library);
      const recommended = [
        ...rows.map((row) => row.ours),
        ...refusalsOf(library).map(({ instead }) => instead),
      ];
      const theirs = typed(library) === undefined ? [] : rows.map(({ today }) => today);
      const code = moduleOf([...recommended, ...theirs], typed(library));
      return { name: `calls-${LIBRARIES.indexOf(library)}`, code };
    });
    const snippets = ['tests', 'compare'].map((name) => ({ name, code: snippetOf(name) }));

    expect(compile([...modules, ...snippets, { name: 'lint', code: forgottenAwait() }])).toBe('');
  }, 120_000);

  it('signs in a test as it says', async () => {
    const { theBookIsSigned } = await load('tests', snippetOf('tests'));
    await expect((theBookIsSigned as Call)()).resolves.toBeUndefined();
  });

  it('finds what differs between two signers, and nothing where nothing does', async () => {
    const { differences } = (await load('compare', snippetOf('compare'))) as {
      differences: (today: string, ours: string) => string[];
    };
    const calls = await loadCalls('compared', COMPARED, '@aws-sdk/cloudfront-signer');
    const [today, past, ...ours] = (await Promise.all(calls.map((call) => call()))) as string[];
    if (today === undefined || past === undefined) throw new Error('two URLs of today are missing');

    expect(ours.map((url) => differences(today, url))).toEqual([[], ['resource'], ['expiresAt']]);
    expect(differences(past, today)).toEqual(["today's is refused: expired"]);
    expect(differences(today, past)).toEqual(['ours is refused: expired']);
  });

  it('is right about a forgotten await', async () => {
    const { page, text } = await load('lint', forgottenAwait());
    expect([page, text]).toEqual(['<a href="[object Promise]">', '[object Promise]']);
  });
});

const COMPARED = [
  'getSignedUrl({ ...pair, url, dateLessThan: expiresAt })',
  "getSignedUrl({ ...pair, url, dateLessThan: '2020-01-01' })",
  '(await signer.signUrl(url, { expiresAt })).url',
  "(await signer.signUrl(url, { expiresAt, scope: 'directory' })).url",
  "(await signer.signUrl(url, { expiresIn: '2h' })).url",
];

/** Vitest puts strings of a title's fields into quotes. */
function titled<Row>(rows: readonly Row[], titleOf: (row: Row) => string): (readonly [string, Row])[] {
  return rows.map((row) => [titleOf(row), row]);
}

/** Whose set-up stands above our calls; version 2 of the SDK is not installed, and the others are no JavaScript. */
function typed(library: Library): Library | undefined {
  return languageOf(library) === 'JavaScript' && library !== 'aws-sdk' ? library : undefined;
}

/** As the third column says. */
function compare(signed: string, theirs: SignedRequest, ours: SignedRequest): void {
  if (signed.startsWith('the same bytes')) {
    // RSA as CloudFront uses it has one signature for a text and a key.
    expect(ours.fields.Signature).toBe(theirs.fields.Signature);
    if (signed.includes('`Expires` as today')) expect(ours.fields).toEqual(theirs.fields);
    return;
  }
  const wanted = JSON.parse(policyOf(theirs));
  const { DateGreaterThan, IpAddress } = wanted.Statement[0].Condition;
  if (signed.startsWith('the same JSON, one second earlier')) DateGreaterThan['AWS:EpochTime'] -= 1;
  else if (signed.startsWith('the same address')) IpAddress['AWS:SourceIp'] += '/32';
  else expect(signed).toMatch(/^the same JSON/);
  expect(JSON.parse(policyOf(ours))).toEqual(wanted);
}
