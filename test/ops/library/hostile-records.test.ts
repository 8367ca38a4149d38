/** Records that somebody wrote by hand, with another version, or to do harm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BrokenRecordError, parseRecord } from '../../../ops/library/broken-record.ts';
import { claimSchema, idHolderSchema } from '../../../ops/library/claim.ts';
import { titleSchema } from '../../../ops/library/title.ts';

const createdAt = '2026-11-30T12:00:00.000Z';
const title = {
  ...{ schemaVersion: 1, id: 'intro', title: 'Intro', version: 1, state: 'live', createdAt },
  ...{ playlistPath: 'books/intro/index.m3u8', durationSeconds: 2, renditions: [], captions: [] },
  ...{ posterPath: 'books/intro/poster.jpg', storyboardPath: null },
};
const claim = {
  ...{ schemaVersion: 1, titleId: 'intro', title: 'Intro', state: 'claimed', attempt: 1, createdAt },
  ...{ jobId: null, failure: null, upload: null },
  inputs: {
    ...{ masterKey: 'uploads/sha256/0', captions: [] },
    source: { width: 1280, height: 720, hasAudio: true, durationSeconds: 2 },
  },
};
const KEY = 'titles/intro.json';
const parseTitle = (change: object) => parseRecord(KEY, JSON.stringify({ ...title, ...change }), titleSchema);
const parseClaim = (change: object) => parseRecord(KEY, JSON.stringify({ ...claim, ...change }), claimSchema);

describe('a record', () => {
  it('is taken as it is written, with fields that are not known', () => {
    expect(parseTitle({ later: 1 })).toMatchObject({ id: 'intro', later: 1 });
    expect(parseClaim({ state: 'submitted', jobId: 'j' })).toMatchObject({ jobId: 'j' });
    expect(
      parseTitle({ id: 'Erster Film: Überblick', playlistPath: 'books/Erster Film: Überblick/v2/index.m3u8' })
        .id,
    ).toBe('Erster Film: Überblick');
  });

  it.each([
    '/books/intro/index.m3u8',
    'books/../secret/index.m3u8',
    'books/./intro/index.m3u8',
    '../index.m3u8',
    'books//index.m3u8',
    'books/*/index.m3u8',
    'books/intro/index.m3u8?Policy=x',
    'books/intro/%2e%2e/index.m3u8',
    'books/intro\u001b[2J/index.m3u8',
    'books\\intro',
    'books/intro/',
    '',
  ])('is broken where its playlist is %j, which no signature should cover', (playlistPath) => {
    expect(() => parseTitle({ playlistPath })).toThrow(BrokenRecordError);
    expect(() => parseTitle({ posterPath: playlistPath })).toThrow(BrokenRecordError);
    const inputs = { ...claim.inputs, masterKey: playlistPath };
    expect(() => parseClaim({ inputs })).toThrow('inputs.masterKey: expected the key of a file');
  });

  it.each(['../x', 'a/b', '*', 'a?b', '', ' ', 'a'.repeat(129), 'a\nb'])(
    'is broken where an id is %j',
    (id) => {
      expect(() => parseTitle({ id })).toThrow('expected the id of a title');
      expect(() => parseClaim({ titleId: id })).toThrow('expected the id of a title');
    },
  );

  it.each([
    ['framesPerSecond', 0],
    ['framesPerSecond', -25],
    ['framesPerSecond', '25'],
    ['framesPerSecond', null],
    ['scan', 'tt'],
    ['color', 'hdr'],
  ])('is broken where the %s of its master is %j', (field, value) => {
    const { source } = claim.inputs;
    const measured = { ...source, framesPerSecond: 25, scan: 'progressive', color: 'bt709' };
    expect(parseClaim({ inputs: { ...claim.inputs, source: measured } }).inputs.source).toEqual(measured);
    const spoiled = { ...claim.inputs, source: { ...measured, [field]: value } };
    expect(() => parseClaim({ inputs: spoiled })).toThrow(`inputs.source.${field}: `);
  });

  it('is broken where a job is said to run, and none is named', () => {
    expect(() => parseClaim({ state: 'submitted' })).toThrow('jobId: expected the id of a job');
  });

  it.each(['titles/intro.json', 'uploads/sha256/0', 'claims/../titles/x.json', 'claims/a/b.json', ''])(
    'is broken where it leads from an id to %j',
    (to) => {
      const text = JSON.stringify({ schemaVersion: 1, claim: to });
      expect(() => parseRecord('claims/ids/a.json', text, idHolderSchema)).toThrow(
        'expected the key of a claim',
      );
    },
  );

  it.each([2, 99, 1e300])(
    'of the later version %s asks for a newer checkout, not for its correction',
    (schemaVersion) => {
      for (const parse of [parseTitle, parseClaim]) {
        expect(() => parse({ schemaVersion })).toThrow(
          /got a later one\): a newer version .* update your checkout/,
        );
      }
    },
  );

  it.each([0, -1, '1', '2', null, true])('of the version %j is to be corrected', (schemaVersion) => {
    expect(() => parseTitle({ schemaVersion })).toThrow(/: correct it, or restore its earlier version/);
  });

  it('names a few of a thousand problems', () => {
    const renditions = Array.from({ length: 1000 }, () => ({ width: 0, height: -1, bandwidthBps: 'x' }));
    const error = (() => {
      try {
        return parseTitle({ renditions });
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(BrokenRecordError);
    expect((error as Error).message.length).toBeLessThan(600);
    expect((error as Error).message).toContain('; and 2995 more)');
  });

  it('changes no object of this process', () => {
    const text = JSON.stringify(title).replace(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    );
    const parsed = parseRecord(KEY, text, titleSchema);
    expect({ ...parsed, title: 'x' }).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
  });

  it('of any text is a record or a named problem', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ ...title, renditions: value })),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const schema of [titleSchema, claimSchema, idHolderSchema]) {
          try {
            parseRecord<unknown>(KEY, text, schema);
          } catch (error) {
            expect(error).toBeInstanceOf(BrokenRecordError);
          }
        }
      }),
    );
  });
});
