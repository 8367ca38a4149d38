/** Pages of jobs: nothing twice, nothing missing, whatever is asked for and whatever is submitted meanwhile. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputFileOf, pageOfJobs } from '../../../local/aws-api/mediaconvert/job-pages.ts';

const STATUSES = ['SUBMITTED', 'PROGRESSING', 'COMPLETE', 'CANCELED', 'ERROR'] as const;
type Listed = Parameters<typeof pageOfJobs>[0][number];

const job = (id: string, more: Partial<Listed> = {}): Listed => ({
  id,
  queue: 'default',
  status: 'COMPLETE',
  settings: { inputs: [{ fileInput: `s3://masters/${id}.mp4` }] },
  ...more,
});
const all = { queueArn: null, inputFile: null };
const ids = (jobs: readonly Listed[]) => jobs.map(({ id }) => id);
const ask = (jobs: readonly Listed[], query: Record<string, string> = {}, filter: Partial<typeof all> = {}) =>
  pageOfJobs(jobs, new URLSearchParams(query), { ...all, ...filter });

it('together hold each job once that was there when the first was asked for', () => {
  const jobs = fc.array(
    fc.record({ status: fc.constantFrom(...STATUSES), queue: fc.constantFrom('default', 'other') }),
    { maxLength: 60 },
  );
  const query = {
    order: fc.constantFrom('ASCENDING', 'DESCENDING', undefined),
    status: fc.constantFrom(...STATUSES, undefined),
    maxResults: fc.constantFrom('1', '3', '20', undefined),
  };
  fc.assert(
    fc.property(jobs, fc.record(query), fc.constantFrom(null, 'default'), (kinds, asked, queueArn) => {
      const known = kinds.map((kind, index) => job(`job-${index}`, kind));
      const given = Object.fromEntries(
        Object.entries(asked).filter(([, value]) => value !== undefined),
      ) as Record<string, string>;
      const found: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = ask(known, nextToken === undefined ? given : { ...given, nextToken }, {
          queueArn: queueArn as null,
        });
        expect(page.jobs.length).toBeLessThanOrEqual(Number(asked.maxResults ?? 20));
        found.push(...ids(page.jobs));
        nextToken = page.nextToken;
        if (known.length < kinds.length + 5) known.push(job(`later-${known.length}`));
      } while (nextToken !== undefined);
      const expected = known
        .filter(({ id }) => id.startsWith('job-'))
        .filter(
          ({ status, queue }) =>
            [status, undefined].includes(asked.status) && [queue, null].includes(queueArn),
        )
        .map(({ id }) => id);
      const earlier = found.filter((id) => id.startsWith('job-'));
      expect(earlier).toEqual(asked.order === 'ASCENDING' ? expected : expected.toReversed());
      expect(new Set(found).size).toBe(found.length);
    }),
  );
});

it('begin with the newest job, unless the oldest is asked for', () => {
  const jobs = [job('1'), job('2')];
  expect(ids(ask(jobs).jobs)).toEqual(['2', '1']);
  expect(ids(ask(jobs, { order: 'ASCENDING' }).jobs)).toEqual(['1', '2']);
});

describe('a search', () => {
  const inputs = (...fileInputs: string[]) => ({
    settings: { inputs: fileInputs.map((fileInput) => ({ fileInput })) },
  });
  const jobs = [
    job('1', inputs('s3://masters/uploads/sha256/0a1b')),
    job('2', inputs('s3://masters/0a1b/film.mp4', 's3://masters/second.mov')),
    job('3', { settings: {} }),
  ];
  it.each([
    ['s3://masters/uploads/sha256/0a1b', ['1']],
    ['0a1b', ['1']],
    ['a1', ['1']],
    ['film', ['2']],
    ['second.mov', ['2']],
    ['.m', ['2']],
    ['FILM', []],
    ['s3://masters/uploads', []],
    ['masters', []],
    ['sha256/0a1b', []],
  ])('for %s goes by the whole address or a part of the file’s name', (inputFile, expected) => {
    expect(ids(ask(jobs, {}, { inputFile: inputFile as never }).jobs)).toEqual(expected);
  });

  it('takes 300 characters', () => {
    const query = (length: number) => new URLSearchParams({ inputFile: 'x'.repeat(length) });
    expect(inputFileOf(query(300))).toHaveLength(300);
    expect(() => inputFileOf(query(301))).toThrow('/inputFile: expected up to 300 characters');
    expect(inputFileOf(new URLSearchParams())).toBeNull();
  });
});

it.each([
  [{ maxResults: '21' }, '/maxResults: expected a whole number from 1 to 20'],
  [{ maxResults: '0' }, '/maxResults: expected a whole number from 1 to 20'],
  [{ maxResults: 'x' }, '/maxResults: expected a whole number from 1 to 20'],
  [{ status: 'DONE' }, '/status: expected one of SUBMITTED'],
  [{ order: 'NEWEST' }, '/order: expected one of ASCENDING, DESCENDING'],
  [{ nextToken: '20' }, '/nextToken: expected one from a page before'],
])('refuses %j', (query, message) => {
  expect(() => ask([job('1')], query as Record<string, string>)).toThrow(message);
});
