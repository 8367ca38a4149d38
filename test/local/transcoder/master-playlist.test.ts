import { describe, expect, it } from 'vitest';
import {
  codecNames,
  measureBitrate,
  renderMasterPlaylist,
} from '../../../local/transcoder/master-playlist.ts';

function playlist(...seconds: number[]): string {
  const segments = seconds.flatMap((duration, index) => [`#EXTINF:${duration.toFixed(6)},`, `s${index}.ts`]);
  const target = Math.ceil(Math.max(...seconds));
  return ['#EXTM3U', `#EXT-X-TARGETDURATION:${target}`, ...segments, '#EXT-X-ENDLIST', ''].join('\n');
}

const sizes = (...bytes: number[]) => new Map(bytes.map((size, index) => [`s${index}.ts`, size]));

describe('the measured bit rate', () => {
  it('is the heaviest segment at its peak and the whole on average', () => {
    expect(measureBitrate(playlist(6, 6, 6), sizes(750_000, 1_500_000, 750_000))).toEqual({
      peakBps: 2_000_000,
      averageBps: 1_333_334,
      durationSeconds: 18,
    });
  });

  it('counts a short last segment only together with the one before it', () => {
    const { peakBps } = measureBitrate(playlist(6, 1), sizes(600_000, 1_000_000));
    expect(peakBps).toBe(Math.ceil((8 * 1_600_000) / 7));
  });

  it('is the average where the whole is shorter than half a target duration', () => {
    expect(measureBitrate(playlist(0.4), sizes(50_000))).toEqual({
      peakBps: 1_000_000,
      averageBps: 1_000_000,
      durationSeconds: 0.4,
    });
  });
});

describe('the codec names', () => {
  it.each([
    ['High', 31, 'avc1.64001f'],
    ['Main', 30, 'avc1.4d401e'],
    ['Constrained Baseline', 13, 'avc1.42c00d'],
  ])('of %s at level %i', (profile, level, name) => {
    expect(codecNames([{ codec_name: 'aac' }, { codec_name: 'h264', profile, level }])).toEqual([
      name,
      'mp4a.40.2',
    ]);
  });

  it('omit sound where there is none', () => {
    expect(codecNames([{ codec_name: 'h264', profile: 'High', level: 40 }])).toEqual(['avc1.640028']);
  });
});

describe('the master playlist', () => {
  it('lists every variant with what a player chooses by', () => {
    const variant = { framesPerSecond: 25, codecs: ['avc1.4d401e', 'mp4a.40.2'] };
    const bitrate = { peakBps: 900_000, averageBps: 700_000, durationSeconds: 20 };
    expect(
      renderMasterPlaylist([
        { ...variant, uri: 'index_360p.m3u8', width: 640, height: 360, bitrate },
        {
          ...variant,
          uri: 'index_720p.m3u8',
          width: 1280,
          height: 720,
          bitrate,
          framesPerSecond: 30000 / 1001,
        },
      ]),
    ).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:3',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=25.000',
        'index_360p.m3u8',
        '#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,CODECS="avc1.4d401e,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970',
        'index_720p.m3u8',
        '',
      ].join('\n'),
    );
  });
});
