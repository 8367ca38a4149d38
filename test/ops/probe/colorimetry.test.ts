import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colorimetryOf, toBt709 } from '../../../ops/probe/colorimetry.ts';
import { scanOf } from '../../../ops/probe/scan.ts';

const stated = (color_primaries?: string, color_transfer?: string, color_space?: string) => ({
  ...(color_primaries !== undefined && { color_primaries }),
  ...(color_transfer !== undefined && { color_transfer }),
  ...(color_space !== undefined && { color_space }),
});

describe('the colours of a file', () => {
  it.each([
    ['nothing', stated()],
    ['unknown', stated('unknown', 'unknown', 'unknown')],
    ['reserved', stated('reserved', 'reserved', 'reserved')],
    ['BT.709', stated('bt709', 'bt709', 'bt709')],
    ['BT.709 with the curve of sRGB', stated('bt709', 'iec61966-2-1', 'bt709')],
    ['the curve of BT.601, which is the same', stated(undefined, 'smpte170m')],
    ['names of Object.prototype', stated('constructor', '__proto__', 'toString')],
  ])('stay as they are where it states %s', (_, colors) => {
    expect(colorimetryOf(colors)).toBeNull();
    expect(toBt709(colorimetryOf(colors))).toEqual([]);
  });

  it.each([
    ['HDR10', stated('bt2020', 'smpte2084', 'bt2020nc'), ['bt2020', 'smpte2084', 'bt2020nc']],
    ['HLG', stated('bt2020', 'arib-std-b67', 'bt2020nc'), ['bt2020', 'arib-std-b67', 'bt2020nc']],
    ['PQ and nothing else', stated(undefined, 'smpte2084'), ['bt2020', 'smpte2084', 'bt2020nc']],
    ['BT.2020 in SDR', stated('bt2020', 'bt2020-10', 'bt2020nc'), ['bt2020', 'bt709', 'bt2020nc']],
    ['a matrix of BT.2020 alone', stated(undefined, undefined, 'bt2020nc'), ['bt2020', 'bt709', 'bt2020nc']],
    ['Display P3', stated('smpte432', 'iec61966-2-1', 'bt709'), ['smpte432', 'bt709', 'bt709']],
    ['BT.601 of NTSC', stated('smpte170m', 'smpte170m', 'smpte170m'), ['smpte170m', 'bt709', 'smpte170m']],
    ['primaries of PAL alone', stated('bt470bg'), ['bt470bg', 'bt709', 'bt470bg']],
    ['motion JPEG', stated(undefined, undefined, 'bt470bg'), ['bt709', 'bt709', 'bt470bg']],
    ['RGB', stated(undefined, undefined, 'gbr'), ['bt709', 'bt709', 'gbr']],
    ['a gamma of 2.2', stated('bt709', 'gamma22', 'bt709'), ['bt709', 'bt470m', 'bt709']],
  ])('are understood where it states %s', (_, colors, [primaries, transfer, matrix]) => {
    expect(colorimetryOf(colors)).toEqual({ primaries, transfer, matrix });
  });

  it('put nothing into a filter but known names, whatever a file states', () => {
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom('bt2020', 'smpte2084', 'bt709', ',movie=x', 'a:b', '__proto__'),
    );
    fc.assert(
      fc.property(name, name, name, (...names) => {
        const [first = ''] = toBt709(colorimetryOf(stated(...names))).filter((filter) =>
          filter.startsWith('zscale'),
        );
        expect(first).toMatch(/^$|^zscale=pin=[a-z\d]+:tin=[a-z\d-]+:min=[a-z\d]+:/);
      }),
    );
  });
});

describe('the fields of a file', () => {
  it.each([
    ['progressive', 'progressive'],
    ['tt', 'interlaced'],
    ['bb', 'interlaced'],
    ['tb', 'interlaced'],
    ['bt', 'interlaced'],
    ['unknown', undefined],
    ['constructor', undefined],
    [undefined, undefined],
  ])('are, where it states %s, %s', (order, expected) => {
    expect(scanOf(order)).toBe(expected);
  });
});
