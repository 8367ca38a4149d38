import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../edge/content-types.ts';

describe('the content type of a file', () => {
  it.each([
    // As MediaConvert writes HLS output.
    ['index.m3u8', 'application/vnd.apple.mpegurl'],
    ['v/seg_00001.ts', 'video/MP2T'],
    ['v/seg_00001.cmfv', 'video/mp4'],
    ['v/seg_00001.cmfa', 'audio/mp4'],
    ['v/seg_00001.m4s', 'video/iso.segment'],
    ['init.mp4', 'video/mp4'],
    ['captions.vtt', 'text/vtt'],
    ['thumbnails/thumb.0000000.JPG', 'image/jpeg'],
    // As S3 says of a file without a type.
    ['m3u8', 'binary/octet-stream'],
    ['constructor', 'binary/octet-stream'],
    ['notes.unknown', 'binary/octet-stream'],
  ])('%s is %s', (path, type) => {
    expect(contentTypeOf(path)).toBe(type);
  });
});
