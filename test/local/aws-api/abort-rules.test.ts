/** When lifecycle rules end an upload: days after it began, at the next midnight UTC. */
import { describe, expect, it } from 'vitest';
import { abortionOf, parseAbortRules } from '../../../local/aws-api/s3/multipart/abort-rules.ts';

const rule = (inner: string) => `<LifecycleConfiguration><Rule>${inner}</Rule></LifecycleConfiguration>`;
const DAYS =
  '<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>';

describe('the rules of a configuration', () => {
  it.each([
    ['<Filter/>', ''],
    ['<Filter><Prefix>books/</Prefix></Filter>', 'books/'],
    [
      '<Filter><And><Prefix>books/</Prefix><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>',
      'books/',
    ],
    ['<Prefix>books/</Prefix>', 'books/'],
    ['<Prefix/>', ''],
  ])('have the prefix of %s', (filter, prefix) => {
    expect(parseAbortRules(rule(`<ID>r</ID><Status>Enabled</Status>${filter}${DAYS}`))).toEqual([
      { id: 'r', prefix, days: 7 },
    ]);
  });

  it.each([
    `<ID>r</ID><Status>Disabled</Status><Filter/>${DAYS}`,
    '<ID>r</ID><Status>Enabled</Status><Filter/><Expiration><Days>1</Days></Expiration>',
  ])('are none that do not end uploads: %s', (inner) => {
    expect(parseAbortRules(rule(inner))).toEqual([]);
  });
});

describe('an upload', () => {
  const rules = [
    { id: 'all', prefix: '', days: 7 },
    { id: 'books', prefix: 'books/', days: 1 },
  ];
  it.each([
    ['books/1', '2026-03-01T00:00:00Z', '2026-03-02T00:00:00Z', 'books'],
    ['books/1', '2026-03-01T00:00:01Z', '2026-03-03T00:00:00Z', 'books'],
    ['other', '2026-03-01T12:00:00Z', '2026-03-09T00:00:00Z', 'all'],
  ])('of %s begun %s is ended %s', (key, initiatedAt, at, ruleId) => {
    expect(abortionOf(rules, { key, initiatedAt: new Date(initiatedAt) })).toEqual({
      at: new Date(at),
      ruleId,
    });
  });

  it('that no rule names is never ended', () => {
    expect(abortionOf(rules.slice(1), { key: 'other', initiatedAt: new Date(0) })).toBeNull();
  });
});
