/** Names of generations, spans and tables: what a person reads at night. */
import { describe, expect, it } from 'vitest';
import { dev } from '../../../envs/dev.ts';
import { local } from '../../../envs/local.ts';
import { assess } from '../../../ops/keys/assess.ts';
import { nextGeneration } from '../../../ops/keys/create.ts';
import { failureText, KeysError } from '../../../ops/keys/failures.ts';
import { statusJson, statusText } from '../../../ops/keys/status-table.ts';
import { timingOf } from '../../../ops/keys/timing.ts';
import { span } from '../../../ops/text/span.ts';
import {
  ago,
  cloudFrontKey,
  NOW,
  pem,
  STEADY,
  secretWith,
  steadyBut,
  TIMING,
  version,
} from './observations.ts';

describe('the next generation', () => {
  it.each([
    [[], '2026-11-a'],
    [['2026-10-c'], '2026-11-a'],
    [['2026-11-a'], '2026-11-b'],
    [['2026-11-c', '2026-11-a'], '2026-11-d'],
  ])('after %j is %s', (known, expected) => {
    expect(nextGeneration(NOW, known)).toBe(expected);
  });

  it('has to be named after z', () => {
    expect(() => nextGeneration(NOW, ['2026-11-z'])).toThrow('all 26 letters of 2026-11 are used');
  });
});

describe('a span', () => {
  it.each([
    [-5, '0 s'],
    [499, '0 s'],
    [40_000, '40 s'],
    [3_600_000, '1 h'],
    [7_500_000, '2 h 5 min'],
    [86_760_000, '1 d'],
    [273_600_000, '3 d 4 h'],
  ])('of %d ms is %s', (milliseconds, expected) => {
    expect(span(milliseconds)).toBe(expected);
  });
});

describe('the status', () => {
  const observation = steadyBut({
    active: '2026-11-b',
    committed: [pem('2026-11-a'), pem('2026-11-b')],
    publicKeys: [...STEADY.publicKeys, cloudFrontKey('2026-11-b', ago(7200))],
    keyGroup: {
      id: 'group',
      name: 'storytime-prod-viewers',
      keyPairIds: ['K-2026-11-a', 'K-2026-11-b'],
      modifiedAt: ago(7200),
    },
    secret: secretWith([
      version(['AWSPREVIOUS'], '2026-11-a', ago(864_000)),
      version(['AWSCURRENT'], '2026-11-b', ago(3600)),
    ]),
  });

  it('is a table, and the next step with its earliest time', () => {
    expect(statusText('prod', assess(observation, TIMING), NOW)).toBe(
      [
        'generation  state     fingerprint   key pair id  age        stored in                          next    not before',
        '2026-11-a   retiring  323032362d31  K-2026-11-a  10 d 10 h  file (.pem) + group + AWSPREVIOUS  retire  2026-11-21T11:06:00Z',
        '2026-11-b   active    323032362d31  K-2026-11-b  2 h        file (.pem) + group + AWSCURRENT   –       –',
        '',
        'next: npm run keys -- retire prod 2026-11-a, not before 2026-11-21T11:06:00Z (in 23 h 6 min); npm run keys -- rotate prod does this and the rest of the rotation',
      ].join('\n'),
    );
  });

  it('is the same for programs, with instants in ISO 8601', () => {
    expect(JSON.parse(statusJson('prod', assess(observation, TIMING)))).toMatchObject({
      environment: 'prod',
      generations: [
        { generation: '2026-11-a', state: 'retiring' },
        { generation: '2026-11-b', state: 'active' },
      ],
      next: { step: 'retire', generation: '2026-11-a', notBefore: '2026-11-21T11:06:00.000Z' },
    });
  });
});

describe('how long is waited', () => {
  it('is what the environment says, a minute between clocks and five for the edges', () => {
    expect(timingOf(dev)).toEqual({
      signerCacheSeconds: 300,
      longestSignatureSeconds: 86_400,
      skewSeconds: 60,
      settleSeconds: 300,
    });
    expect(timingOf(local)).toMatchObject({ skewSeconds: 2, settleSeconds: 2 });
  });
});

describe('a failure', () => {
  it('is a line, and never what a parser quotes', () => {
    const throttled = Object.assign(new Error('slow down'), { name: 'ThrottlingException', $metadata: {} });

    expect(failureText(throttled)).toBe(
      'AWS: ThrottlingException: slow down; nothing is lost; run the same command again to continue',
    );
    expect(failureText(new SyntaxError('Unexpected token in "secret'))).toBe(
      'AWS sent an answer that could not be parsed; run the same command again',
    );
    expect(failureText(new KeysError('not yet'))).toBe('not yet');
    expect(failureText(new TypeError('a defect'))).toBeNull();
  });
});
