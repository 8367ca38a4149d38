/** The benchmarks measure what their rows say. How fast anything is, only `npm run bench` says. */

import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainCalls } from '../../signer/bench/explaining.ts';
import { p256, rsa } from '../../signer/bench/fixtures.ts';
import { atLeast, atMost, formatTable, isOk, shown } from '../../signer/bench/report.ts';

describe('the rows of explain', () => {
  const { verify } = crypto;
  let checks = 0;
  beforeEach(() => {
    checks = 0;
    crypto.verify = ((...args: Parameters<typeof verify>) => {
      checks++;
      return verify(...args);
    }) as typeof verify;
    syncBuiltinESMExports();
  });
  afterEach(() => {
    crypto.verify = verify;
    syncBuiltinESMExports();
  });

  it.each([
    ['RSA', rsa],
    ['P-256', p256],
  ])('check an %s signature never seen at each call, and one seen before at none', async (_kind, key) => {
    const { explainUnseen, explainSeen } = await explainCalls(key);
    const checksOf = (call: typeof explainSeen, calls: number) => {
      const before = checks;
      for (let index = 0; index < calls; index++) expect(call(index)).toMatchObject({ allowed: true });
      return checks - before;
    };

    // More than twice as many as there are signatures.
    expect(checksOf(explainUnseen, 1200)).toBe(1200);
    expect(checksOf(explainSeen, 1200)).toBe(0);
  });
});

describe('a row of the table', () => {
  it('says below or above where a limit is missed, and only shows a ratio that has none', () => {
    const rows = [
      atLeast(0.95, 'fast enough', [96], [100]),
      atLeast(0.95, 'too slow', [94], [100]),
      atMost(1.2, 'too long', [100], [130]),
      shown('by the processor', [230], [100]),
    ];

    expect(rows.map(isOk)).toEqual([true, false, false, true]);
    expect(
      formatTable(rows)
        .split('\n')
        .slice(1)
        .map((line) => line.replaceAll(/ {2,}/g, ' | ')),
    ).toEqual([
      'fast enough | ≥ 0.95 × | 0.96 × | ok',
      'too slow | ≥ 0.95 × | 0.94 × | below',
      'too long | ≤ 1.20 × | 1.30 × | above',
      'by the processor | – | 2.30 × | shown',
    ]);
  });
});
