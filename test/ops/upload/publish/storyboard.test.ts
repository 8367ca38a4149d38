import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { storyboardLayout, storyboardVtt } from '../../../../ops/upload/publish/storyboard/layout.ts';

describe('the sheets of a storyboard', () => {
  it.each([
    [720, { width: 1920, height: 1080 }, { tileWidth: 192, tileHeight: 108, columns: 10, rows: 10 }],
    [100, { width: 1080, height: 1920 }, { tileWidth: 108, tileHeight: 192, columns: 10, rows: 10 }],
    [12, { width: 640, height: 480 }, { tileWidth: 192, tileHeight: 144, columns: 10, rows: 2 }],
    [1, { width: 8192, height: 8 }, { tileWidth: 192, tileHeight: 2, columns: 1, rows: 1 }],
  ])('of %d thumbnails have the shape of the video: %j', (thumbnails, video, layout) => {
    expect(storyboardLayout(thumbnails, video)).toEqual(layout);
  });
});

describe('the WebVTT of a storyboard', () => {
  it('goes to the next row after ten pictures, and to the next sheet after a hundred', () => {
    const layout = storyboardLayout(102, { width: 1920, height: 1080 });
    const vtt = storyboardVtt(layout, { thumbnails: 102, everySeconds: 10, durationSeconds: 1013.25 });
    const lines = vtt.split('\n');
    expect(lines.slice(0, 5)).toEqual([
      ...['WEBVTT', '', '00:00:00.000 --> 00:00:10.000', 'sheet_00001.jpg#xywh=0,0,192,108', ''],
    ]);
    expect(vtt).toContain('\n00:01:40.000 --> 00:01:50.000\nsheet_00001.jpg#xywh=0,108,192,108\n');
    expect(vtt).toContain('\n00:16:40.000 --> 00:16:50.000\nsheet_00002.jpg#xywh=0,0,192,108\n');
    expect(lines.slice(-3)).toEqual([
      '00:16:50.000 --> 00:16:53.250',
      'sheet_00002.jpg#xywh=192,0,192,108',
      '',
    ]);
  });

  it('has no cue after the end, where the job took one picture more', () => {
    const layout = storyboardLayout(3, { width: 16, height: 9 });
    expect(storyboardVtt(layout, { thumbnails: 3, everySeconds: 10, durationSeconds: 20 })).not.toContain(
      '00:00:20.000 -->',
    );
  });

  it('shows every moment once, from a place on a sheet that no other shows', () => {
    const side = fc.integer({ min: 2, max: 8192 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), side, side, (thumbnails, width, height) => {
        const layout = storyboardLayout(thumbnails, { width, height });
        const durationSeconds = thumbnails * 10 - 3;
        const vtt = storyboardVtt(layout, { thumbnails, everySeconds: 10, durationSeconds });
        const cues = [...vtt.matchAll(/^(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)];
        expect(cues).toHaveLength(thumbnails);
        expect(new Set(cues.map(([, , , ...place]) => place.join())).size).toBe(thumbnails);
        cues.forEach(([, start, , , x, y, w, h], index) => {
          expect(start).toBe(index === 0 ? '00:00:00.000' : cues[index - 1]?.[2]);
          expect(Number(x) + Number(w)).toBeLessThanOrEqual(layout.columns * layout.tileWidth);
          expect(Number(y) + Number(h)).toBeLessThanOrEqual(layout.rows * layout.tileHeight);
        });
      }),
      { numRuns: 50 },
    );
  });
});
