import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../../ops/probe/content-type.ts';

const mp4 = { container: 'mov,mp4,m4a,3gp,3g2,mj2', majorBrand: 'isom' };
const taken = ['video/mp4', 'video/quicktime', 'video/x-matroska'];

describe('the content type of a master', () => {
  it.each([
    ['video/mp4', 'isom'],
    ['video/mp4', 'mp42'],
    ['video/quicktime', 'qt  '],
    ['video/quicktime', undefined],
  ])('is %s by the brand %s of a file of their common family, whatever its name says', (type, majorBrand) => {
    const probed = { container: mp4.container, ...(majorBrand !== undefined && { majorBrand }) };
    for (const path of ['hare.mp4', 'hare.MOV', 'hare']) {
      expect(contentTypeOf({ path, probed }, taken)).toBe(type);
    }
  });

  it('is Matroska by what is in the file, whatever its name says', () => {
    const matroska = { container: 'matroska,webm', majorBrand: 'isom' };

    expect(contentTypeOf({ path: 'hare.mp4', probed: matroska }, taken)).toBe('video/x-matroska');
  });

  it('refuses a container that the configuration lets nobody upload, in one line with a remedy', () => {
    const avi = { path: 'films/hare.avi', probed: { container: 'avi' } };

    expect(() => contentTypeOf(avi, taken)).toThrow(
      /^films\/hare\.avi: expected one of video\/mp4, .*, got the container "avi"; repack it with ffmpeg .*\.mkv$/,
    );
    expect(() => contentTypeOf({ path: 'hare.mov', probed: mp4 }, ['video/quicktime'])).toThrow(
      /^hare\.mov: expected one of video\/quicktime, got video\/mp4; repack it with ffmpeg .*\.mov$/,
    );
  });
});
