import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { colorimetryOf, type StatedColors, toBt709 } from '../../../ops/probe/colorimetry.ts';

/** What ffprobe can say (ITU-T H.273), known here or not. */
const PRIMARIES = [
  ...['bt709', 'bt470m', 'bt470bg', 'smpte170m', 'smpte240m', 'film', 'bt2020', 'smpte428', 'smpte431'],
  ...['smpte432', 'ebu3213'],
];
const TRANSFERS = [
  ...['bt709', 'gamma22', 'gamma28', 'smpte170m', 'smpte240m', 'linear', 'log100', 'log316', 'iec61966-2-4'],
  ...['bt1361e', 'iec61966-2-1', 'bt2020-10', 'bt2020-12', 'smpte2084', 'smpte428', 'arib-std-b67'],
];
const MATRICES = [
  ...[
    'gbr',
    'bt709',
    'fcc',
    'bt470bg',
    'smpte170m',
    'smpte240m',
    'ycgco',
    'bt2020nc',
    'bt2020c',
    'smpte2085',
  ],
  ...['chroma-derived-nc', 'chroma-derived-c', 'ictcp'],
];

describe('the filters to BT.709', () => {
  it.each<StatedColors>([
    ...PRIMARIES.map((color_primaries) => ({ color_primaries })),
    ...TRANSFERS.map((color_transfer) => ({ color_transfer })),
    ...MATRICES.map((color_space) => ({ color_space })),
    { color_primaries: 'bt2020', color_transfer: 'bt2020-10', color_space: 'bt2020c' },
    { color_primaries: 'smpte431', color_transfer: 'smpte2084', color_space: 'bt709' },
  ])('are ones that ffmpeg has, for a picture that states %j', async (stated) => {
    const format = stated.color_space === 'gbr' ? 'gbrp' : 'yuv420p10le';
    const filters = [`format=${format}`, ...toBt709(colorimetryOf(stated)), 'showinfo'];
    const source = 'color=gray:size=64x36:rate=5:duration=0.2';
    const args = ['-nostdin', '-f', 'lavfi', '-i', source, '-vf', filters.join(), '-f', 'null', '-'];
    const { stderr } = await promisify(execFile)('ffmpeg', args);

    expect(stderr).toMatch(/frame=\s+1 /);
    if (filters.length > 2)
      expect(stderr).toMatch(/fmt:yuv420p .*[\s\S]*color_space:bt709 color_primaries:bt709 color_trc:bt709/);
  });
});
