/** What is read of playlists in a bucket, also of such as nobody should write. */
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { readStream } from '../../../ops/library/read-stream.ts';
import { useLocalCloud } from '../../local/aws-api/start.ts';

const cloud = useLocalCloud();
const bucket = 'streams';
let number = 0;

beforeAll(async () => {
  await cloud().s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

/** @param files - by their path below the title's folder */
async function streamOf(files: Readonly<Record<string, string>>) {
  number += 1;
  for (const [name, Body] of Object.entries(files)) {
    await cloud().s3.send(new PutObjectCommand({ Bucket: bucket, Key: `books/${number}/${name}`, Body }));
  }
  const playlistPath = `books/${number}/index.m3u8`;
  return readStream(cloud().s3, { bucket, playlistPath }, new AbortController().signal);
}

const variant = (resolution: string, bandwidth: number, uri: string, more = '') =>
  `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}${resolution && `,RESOLUTION=${resolution}`}${more}\n${uri}\n`;
const MEDIA = '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\na.ts\n#EXTINF:1.25,\nb.ts\n#EXT-X-ENDLIST\n';

describe('a title’s playlists', () => {
  it.each([
    ['missing', {}],
    ['nearly empty', { 'index.m3u8': '\n' }],
    ['an error page', { 'index.m3u8': '<html>' }],
    ['a media playlist', { 'index.m3u8': MEDIA }],
    ['a master playlist of nothing', { 'index.m3u8': '#EXTM3U\n' }],
    ['one with sound alone', { 'index.m3u8': `#EXTM3U\n${variant('', 64_000, 'a.m3u8')}` }],
    ['one without sizes that are numbers', { 'index.m3u8': `#EXTM3U\n${variant('axb', 1, 'a.m3u8')}` }],
  ])('are none where the master playlist is %s', async (_, files) => {
    expect(await streamOf(files)).toBeNull();
  });

  it('have their renditions with the largest first, and neither I-frames nor sound among them', async () => {
    const stream = await streamOf({
      'index.m3u8': `#EXTM3U
${variant('', 64_000, 'sound.m3u8')}${variant('640x360', 400_000, 'small.m3u8')}${variant('1280x720', 3_000_000, 'large.m3u8')}${variant('1280x720', 5_000_000, 'best.m3u8')}#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,RESOLUTION=1920x1080,URI="i.m3u8"
`,
      'sound.m3u8': MEDIA,
    });

    expect(stream).toEqual({
      renditions: [
        { width: 1280, height: 720, bandwidthBps: 5_000_000 },
        { width: 1280, height: 720, bandwidthBps: 3_000_000 },
        { width: 640, height: 360, bandwidthBps: 400_000 },
      ],
      captions: [],
      durationSeconds: 7.25,
    });
  });

  it('name each captions track once, and one without a language as undetermined', async () => {
    const media = (name: string, language: string) =>
      `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="${name}"${language},URI="${name}.m3u8"\n`;
    const stream = await streamOf({
      'index.m3u8': `#EXTM3U\n${media('English', ',LANGUAGE="eng"')}${media('Other', '')}${variant('640x360', 4, 'a.m3u8', ',SUBTITLES="s"')}${variant('320x180', 2, 'b.m3u8', ',SUBTITLES="s"')}`,
    });

    expect(stream?.captions).toEqual([
      { language: 'eng', label: 'English' },
      { language: 'und', label: 'Other' },
    ]);
  });

  it.each(['missing.m3u8', '../1/a.m3u8', '/books/a.m3u8', 'https://example.com/a.m3u8', 'index.m3u8'])(
    'have an unknown length where the first rendition is %s',
    async (uri) => {
      const stream = await streamOf({
        'index.m3u8': `#EXTM3U\n${variant('640x360', 4, uri)}`,
        'a.m3u8': MEDIA,
      });

      expect(stream).toMatchObject({ durationSeconds: null, renditions: [{ width: 640 }] });
    },
  );
});
