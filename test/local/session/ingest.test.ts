import { describe, expect, it } from 'vitest';
import { contentTypeOf } from '../../../local/session/ingest.ts';
import type { ProbedVideo } from '../../../ops/probe/probe.ts';

const probed: ProbedVideo = {
  width: 640,
  height: 360,
  durationSeconds: 1,
  framesPerSecond: 25,
  hasAudio: true,
  videoCodec: 'h264',
  container: 'mov,mp4,m4a,3gp,3g2,mj2',
  rotationDegrees: 0,
  videoStreamIndex: 0,
};
const taken = ['video/mp4', 'video/quicktime', 'video/x-matroska'];

describe('the content type of a master', () => {
  it('is MP4 or QuickTime by the name of a file of their common family', () => {
    expect(contentTypeOf({ path: 'hare.mp4', probed }, taken)).toBe('video/mp4');
    expect(contentTypeOf({ path: 'hare.MOV', probed }, taken)).toBe('video/quicktime');
  });

  it('is Matroska by what is in the file, whatever its name says', () => {
    const matroska = { ...probed, container: 'matroska,webm' };

    expect(contentTypeOf({ path: 'hare.mp4', probed: matroska }, taken)).toBe('video/x-matroska');
  });

  it('refuses a container that the configuration lets nobody upload, in one line with a remedy', () => {
    const avi = { path: 'films/hare.avi', probed: { ...probed, container: 'avi' } };

    expect(() => contentTypeOf(avi, taken)).toThrow(
      /^films\/hare\.avi: expected one of video\/mp4, .*, got the container "avi"; repack it with ffmpeg .*\.mkv$/,
    );
    expect(() => contentTypeOf({ path: 'hare.mp4', probed }, ['video/quicktime'])).toThrow(/^hare\.mp4: /);
  });
});
