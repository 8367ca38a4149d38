import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withLastJoined } from '../../../local/transcoder/join-segments.ts';
import { segmentsOf } from '../../../local/transcoder/master-playlist.ts';
import { withProgramDates } from '../../../local/transcoder/program-dates.ts';
import { parseSettings } from '../../../local/transcoder/supported-settings.ts';
import { wireSettings } from './settings.ts';

const startMs = Date.UTC(2026, 11, 1);
const playlist = (seconds: readonly number[]) =>
  [
    ...['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-TARGETDURATION:2', '#EXT-X-MAP:URI="init.cmfv"'],
    ...seconds.flatMap((one, index) => [`#EXTINF:${one.toFixed(6)},`, `a_${index + 1}.cmfv`]),
    ...['#EXT-X-ENDLIST', ''],
  ].join('\n');
const lengths = fc.array(
  fc.integer({ min: 1, max: 2_000_000 }).map((one) => one / 1_000_000),
  { minLength: 1 },
);

describe('a playlist whose last segment is joined', () => {
  it('has the sum of both lengths, and a target that no length is above', () => {
    expect(
      withLastJoined(playlist([2, 2, 0.6]))
        .split('\n')
        .slice(2),
    ).toEqual([
      ...['#EXT-X-TARGETDURATION:3', '#EXT-X-MAP:URI="init.cmfv"'],
      ...['#EXTINF:2.000000,', 'a_1.cmfv', '#EXTINF:2.600000,', 'a_2.cmfv', '#EXT-X-ENDLIST', ''],
    ]);
  });

  it('is as long as before, whatever the lengths', () => {
    fc.assert(
      fc.property(lengths, (seconds) => {
        const joined = segmentsOf(withLastJoined(playlist(seconds)));
        const sum = (all: readonly number[]) => all.reduce((whole, one) => whole + one, 0);
        expect(joined).toHaveLength(Math.max(1, seconds.length - 1));
        expect(sum(joined.map((one) => one.seconds))).toBeCloseTo(sum(seconds), 4);
      }),
    );
  });
});

describe('the dates of segments', () => {
  const datesOf = (text: string) =>
    [...text.matchAll(/^#EXT-X-PROGRAM-DATE-TIME:(.*)$/gm)].map(([, date]) => date);

  it('stand at the first segment, and again at the first one after the period', () => {
    const dated = withProgramDates(playlist([2, 2, 2, 2, 0.5]), { startMs, everySeconds: 4 });
    expect(datesOf(dated)).toEqual([
      '2026-12-01T00:00:00.000Z',
      '2026-12-01T00:00:04.000Z',
      '2026-12-01T00:00:08.000Z',
    ]);
    expect(dated.split('\n').slice(4, 7)).toEqual([
      '#EXT-X-PROGRAM-DATE-TIME:2026-12-01T00:00:00.000Z',
      '#EXTINF:2.000000,',
      'a_1.cmfv',
    ]);
  });

  it('are the sum of the lengths before, of every segment where the period is 0', () => {
    fc.assert(
      fc.property(lengths, (seconds) => {
        const text = withProgramDates(playlist(seconds), { startMs, everySeconds: 0 });
        expect(segmentsOf(text)).toEqual(segmentsOf(playlist(seconds)));
        let at = 0;
        for (const [index, date] of datesOf(text).entries()) {
          expect(Math.abs(Date.parse(date ?? '') - startMs - 1000 * at)).toBeLessThanOrEqual(1);
          at += seconds[index] ?? 0;
        }
        expect(datesOf(text)).toHaveLength(seconds.length);
      }),
    );
  });
});

describe('settings of playlists', () => {
  const dated = { programDateTime: '2026-12-01', minFinalSegmentSeconds: 1.5 };
  const groupOf = (settings: ReturnType<typeof wireSettings>) => settings.outputGroups[0].outputGroupSettings;

  it('are taken as the builder writes them', () => {
    const { outputGroups } = parseSettings(wireSettings(dated));
    expect(outputGroups[0]).toMatchObject({
      minFinalSegmentSeconds: 1.5,
      programDates: { startMs, everySeconds: 600 },
    });
    const plain = parseSettings(wireSettings()).outputGroups[0];
    expect(plain).toMatchObject({ minFinalSegmentSeconds: 0, programDates: null });
  });

  it.each<[string, (settings: ReturnType<typeof wireSettings>) => void, string]>([
    [
      'dates without a day',
      (settings) => delete settings.timecodeConfig.timestampOffset,
      'timecodeConfig.timestampOffset: expected the day that programDateTime starts at, got none',
    ],
    [
      'a day that is none',
      (settings) => (settings.timecodeConfig.timestampOffset = '2026-02-30'),
      'timecodeConfig.timestampOffset: ',
    ],
    [
      'a period above an hour',
      (settings) => (groupOf(settings).hlsGroupSettings.programDateTimePeriod = 3601),
      'outputGroups[0].outputGroupSettings.hlsGroupSettings.programDateTimePeriod: ',
    ],
    [
      'a last segment of less than a second',
      (settings) => (groupOf(settings).hlsGroupSettings.minFinalSegmentLength = 0.5),
      'outputGroups[0].outputGroupSettings.hlsGroupSettings.minFinalSegmentLength: expected 0, or a number of seconds from 1 on',
    ],
    [
      'a last segment that is no shorter than the others',
      (settings) => (groupOf(settings).hlsGroupSettings.minFinalSegmentLength = 6),
      'outputGroups[0].outputGroupSettings.hlsGroupSettings.minFinalSegmentLength: expected less than the segmentLength of 6, got 6',
    ],
  ])('are refused by their path: %s', (_, change, message) => {
    const settings = wireSettings(dated);
    change(settings);
    expect(() => parseSettings(settings)).toThrow(message);
  });

  it('are refused in CMAF where MediaConvert has none', () => {
    const settings = wireSettings({ packaging: 'cmaf' });
    groupOf(settings).cmafGroupSettings.programDateTime = 'INCLUDE';
    expect(() => parseSettings(settings)).toThrow(
      'cmafGroupSettings.programDateTime: not supported by the local transcoder',
    );
  });
});
