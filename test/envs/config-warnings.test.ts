import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { ARCHIVE_CLASSES, LEAST_DAYS_CHARGED } from '../../aws/values/storage-classes.ts';
import { parseEnvironment } from '../../envs/config.ts';
import { warningsOf } from '../../envs/config-warnings.ts';
import { dev as shippedDev } from '../../envs/dev.ts';
import { local } from '../../envs/local.ts';
import { prod as shippedProd } from '../../envs/prod.ts';
import { prod } from './examples.ts';
import { newKeys, synthesized } from './synthesized.ts';

describe('a configuration that is probably not meant', () => {
  const aging = (archive: number | null, archiveClass: string, expire: number | null, noncurrent: number) =>
    parseEnvironment({
      ...prod,
      mastersGlacierAfterDays: archive,
      mastersArchiveClass: archiveClass,
      mastersExpireAfterDays: expire,
      mastersNoncurrentExpiryDays: noncurrent,
    });

  it.each([
    ['expires too early in GLACIER', aging(60, 'GLACIER', 100, 49), '89 days only'],
    ['expires too early in DEEP_ARCHIVE', aging(60, 'DEEP_ARCHIVE', 200, 39), '179 days only'],
    ['expires too early in GLACIER_IR', aging(1, 'GLACIER_IR', 61, 29), '89 days only'],
    ['is deleted and soon gone for good', aging(60, 'GLACIER', null, 89), 'gone 89 days later'],
    [
      'cannot be read on the day after its upload',
      aging(0, 'DEEP_ARCHIVE', null, 180),
      'MediaConvert cannot read',
    ],
  ])('is warned of: a master that %s', (_what, config, text) => {
    expect(warningsOf(config)).toEqual([expect.stringContaining(text)]);
    expect(warningsOf(config)[0]).toMatch(/^envs\/prod\.ts: masters?|an archived master/);
  });

  it.each([
    ['stays 90 days in GLACIER', aging(60, 'GLACIER', 61, 90)],
    ['stays 180 days in DEEP_ARCHIVE', aging(60, 'DEEP_ARCHIVE', 100, 180)],
    ['is archived at once where it can be read', aging(0, 'GLACIER_IR', null, 90)],
    ['is never archived', aging(null, 'DEEP_ARCHIVE', 30, 1)],
  ])('is not warned of: a master that %s', (_what, config) => {
    expect(warningsOf(config)).toEqual([]);
  });

  it('without versions counts the days until expiry alone', () => {
    const config = {
      ...aging(60, 'GLACIER', 149, 90),
      mastersVersioning: false,
      mastersNoncurrentExpiryDays: null,
    };
    expect(warningsOf(config)).toEqual([
      expect.stringContaining('89 days only (mastersGlacierAfterDays, mastersExpireAfterDays)'),
    ]);
  });

  it('is warned of exactly where an archived master may be gone within the days that its class charges', () => {
    fc.assert(
      fc.property(
        fc.nat(400),
        fc.constantFrom(...ARCHIVE_CLASSES),
        fc.option(fc.integer({ min: 1, max: 400 }), { nil: null }),
        fc.integer({ min: 1, max: 400 }),
        (archive, archiveClass, days, noncurrent) => {
          const expire = days === null ? null : Math.max(30, archive + days);
          const expired = expire === null ? Number.POSITIVE_INFINITY : expire - archive + noncurrent;
          const stays = Math.min(expired, noncurrent);
          const charged = warningsOf(aging(archive, archiveClass, expire, noncurrent)).filter((text) =>
            text.includes(' at least: '),
          );
          expect(charged).toHaveLength(stays < LEAST_DAYS_CHARGED[archiveClass] ? 1 : 0);
        },
      ),
    );
  });

  it('is none that is shipped, nor the environment local, where nothing ages', () => {
    expect([shippedDev, shippedProd].flatMap(warningsOf)).toEqual([]);
    expect(warningsOf({ ...local, mastersGlacierAfterDays: 0 })).toEqual([]);
  });

  it('is warned of by every synth of the environment, and synthesized', () => {
    const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      synthesized(aging(60, 'GLACIER', 100, 1), newKeys('2026-11-a'));
      expect(written.mock.calls.map(([text]) => text)).toEqual([
        expect.stringMatching(/^warning: envs\/prod\.ts: masters are archived for 41 days only .*\n$/),
      ]);
    } finally {
      written.mockRestore();
    }
  });

  it('are given where destroy would delete objects that were in a bucket before', () => {
    const config = { ...prod, bucketNames: { masters: 'team-masters', outputs: 'team-hls' } };

    expect(warningsOf({ ...config, forceDestroy: true })).toEqual([
      expect.stringContaining('npm run destroy deletes every object of the buckets in bucketNames'),
    ]);
    expect(warningsOf({ ...config, forceDestroy: false })).toEqual([]);
  });
});
