import { Lazy } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  refuse,
  requireMatch,
  requireOneOf,
  requireOrigins,
  requirePrincipalArns,
  requireWholeNumber,
} from '../../modules/checks.ts';

const ROLE = 'arn:aws:iam::111122223333:role/team/app';
const days = { least: 7, most: 30, unit: 'days' };

describe('what modules refuse', () => {
  it('is a TypeError with the option, what was expected and what came', () => {
    const refused = () => refuse('days', 'seven', 6);
    expect(refused).toThrow(TypeError);
    expect(refused).toThrow(expect.objectContaining({ name: 'OptionError', option: 'days' }));
    expect(refused).toThrow('"days": expected seven, got 6');
    expect(() => refuse('days', 'seven', undefined)).toThrow('"days": expected seven, got undefined');
  });

  it('is shown in short', () => {
    expect(() => refuse('name', 'a name', 'x'.repeat(500))).toThrow(/got "x{119}…$/);
  });

  it.each([7, 30])('is no whole number within its bounds, both inclusive: %d', (value) => {
    expect(() => requireWholeNumber('days', value, days)).not.toThrow();
  });

  it.each([6, 31, 7.5, Number.NaN, Number.POSITIVE_INFINITY, '7' as unknown as number])(
    'is any other number: %s',
    (value) => {
      const refused = () => requireWholeNumber('days', value, days);
      expect(refused).toThrow(expect.objectContaining({ option: 'days' }));
      expect(refused).toThrow('"days": expected a whole number of days from 7 to 30, got');
    },
  );

  it.each(['xa', 'ax', 'a\n', '', 7 as unknown as string])(
    'is a text that matches in part only: %j',
    (value) => {
      const refused = () => requireMatch('name', value, /a|b/, 'an a or a b');
      expect(refused).toThrow(expect.objectContaining({ option: 'name' }));
      expect(() => requireMatch('name', 'b', /a|b/, 'an a or a b')).not.toThrow();
    },
  );

  it('is a word that is none of the words', () => {
    expect(() => requireOneOf<string>('kind', 'c', ['a', 'b'])).toThrow(
      '"kind": expected "a" or "b", got "c"',
    );
    expect(() => requireOneOf('kind', 'b', ['a', 'b'])).not.toThrow();
  });

  it.each([
    'https://app.example.com',
    'https://app.example.com:8443',
    'http://localhost:4000',
    'http://demo.localhost',
    'http://127.0.0.1:4000',
    'http://[::1]:4000',
  ])('is not the exact origin %s', (origin) => {
    expect(() => requireOrigins('origins', [origin])).not.toThrow();
  });

  it.each([
    '*',
    'null',
    'app.example.com',
    'https://*.example.com',
    'https://app.example.com/',
    'https://app.example.com/path',
    'https://app.example.com:443',
    'https://App.example.com',
    'https://user@app.example.com',
    'http://app.example.com',
    'http://localhost.example.com',
    'http://127.0.0.1.example.com',
    'ftp://app.example.com',
    'file:///',
  ])('is what browsers send as no origin: %s', (origin) => {
    expect(() => requireOrigins('origins', ['https://a.example.com', origin])).toThrow(
      '"origins": expected exact https:// origins',
    );
  });

  it.each([ROLE, 'arn:aws:iam::111122223333:user/ada', 'arn:aws:iam::111122223333:root'])(
    'is not the exact principal %s',
    (arn) => {
      expect(() => requirePrincipalArns('readers', [arn])).not.toThrow();
    },
  );

  it.each([
    '*',
    '111122223333',
    `${ROLE}*`,
    `${ROLE}?`,
    'arn:aws:iam::*:role/app',
    'arn:aws:iam::111122223333:role/',
    'arn:aws:iam::111122223333:group/team',
    'arn:aws:iam::111122223333:policy/app',
    'arn:aws:sts::111122223333:assumed-role/app/session',
  ])('is no principal of its own: %s', (arn) => {
    expect(() => requirePrincipalArns('readers', [ROLE, arn])).toThrow(
      '"readers": expected exact ARNs of IAM roles and users',
    );
  });

  it('is never a value that is known only at apply', () => {
    const text = Lazy.stringValue({ produce: () => 'later' });
    const number = Lazy.numberValue({ produce: () => 1 });
    const list = Lazy.listValue({ produce: () => ['later'] });
    requireWholeNumber('days', number, days);
    requireMatch('name', text, /a/, 'an a');
    requireMatch('name', `a-${text}`, /a/, 'an a');
    requireOneOf<string>('kind', text, ['a']);
    for (const values of [list, [text]]) {
      requireOrigins('origins', values);
      requirePrincipalArns('readers', values);
    }
    expect(() => requirePrincipalArns('readers', [text, '*'])).toThrow('got "*"');
  });
});
