import { describe, expect, it } from 'vitest';
import { planTranscode } from '../../../local/transcoder/ffmpeg-arguments.ts';
import { parseSettings } from '../../../local/transcoder/supported-settings.ts';
import type { ProbedVideo } from '../../../ops/probe/probe.ts';
import { type WireSettings, wireSettings } from './settings.ts';

const VIDEO: ProbedVideo = {
  width: 1280,
  height: 720,
  durationSeconds: 20,
  framesPerSecond: 25,
  hasAudio: true,
  videoCodec: 'h264',
  container: 'mov,mp4,m4a,3gp,3g2,mj2',
  rotationDegrees: 0,
  videoStreamIndex: 0,
};

const PQ = { primaries: 'bt2020', transfer: 'smpte2084', matrix: 'bt2020nc' };

function plan(video: Partial<ProbedVideo> = {}, change: (settings: WireSettings) => void = () => undefined) {
  const settings = wireSettings();
  change(settings);
  const { args, groups } = planTranscode(parseSettings(settings), {
    video: { ...VIDEO, ...video },
    files: { input: '/job/master', groupDirectories: ['/job/0', '/job/1'] },
  });
  const graph = args[args.indexOf('-filter_complex') + 1] ?? '';
  return { args, groups, graph, line: args.join(' ') };
}

/** The arguments between one output file and the next. */
function outputArguments(args: readonly string[], file: string): string[] {
  const end = args.indexOf(file);
  const start = args.slice(0, end).findLastIndex((argument) => /^\/job\/[01]\/[^%]*\.m3u8$/.test(argument));
  return args.slice(start + 1, end + 1);
}

describe('the ffmpeg command', () => {
  it('decodes once and scales a copy per output', () => {
    expect(plan().graph.split(';')).toEqual([
      '[0:0]fps=25,trim=end=21,split=3[s0][s1][s2]',
      '[s0]scale=640:360,setsar=1[v0]',
      '[s1]scale=1280:720,setsar=1[v1]',
      "[s2]select='gte(t+0.0005,selected_n*10)',setpts=N/TB,scale=640:360:out_color_matrix=bt601,setsar=1[v2]",
    ]);
  });

  it('is the same for a master that is progressive and BT.709, whether the settings ask for conversions or not', () => {
    const without = (settings: WireSettings) => {
      for (const { outputs } of settings.outputGroups) {
        for (const { videoDescription } of outputs) delete videoDescription.videoPreprocessors;
      }
    };
    expect(plan({ scan: 'progressive', color: 'bt709' }).args).toEqual(plan({}, without).args);
    expect(plan({ scan: 'interlaced', color: 'other', colorimetry: PQ }, without).args).toEqual(plan().args);
  });

  it('makes whole pictures before their rate is made constant, and SDR before there are copies', () => {
    const [decoded, ...copies] = plan({ scan: 'interlaced', color: 'other', colorimetry: PQ }).graph.split(
      ';',
    );
    expect(decoded).toMatch(
      /^\[0:0\]bwdif=mode=send_frame:deint=interlaced,fps=25,trim=end=21,crop=.*,split=3/,
    );
    expect(decoded).toContain('zscale=pin=bt2020:tin=smpte2084:min=bt2020nc:p=bt709:m=gbr:t=linear:npl=203');
    expect(copies.join()).not.toMatch(/bwdif|zscale/);
  });

  it('converts copy by copy where outputs want different things', () => {
    const { graph } = plan({ scan: 'interlaced', color: 'other', colorimetry: PQ }, (settings) => {
      delete settings.outputGroups[0].outputs[1].videoDescription.videoPreprocessors;
    });
    const [decoded, low, high, still] = graph.split(';');
    expect(decoded).toBe('[0:0]fps=25,trim=end=21,split=3[s0][s1][s2]');
    expect(high).toBe('[s1]scale=1280:720,setsar=1[v1]');
    for (const copy of [low, still]) expect(copy).toMatch(/bwdif=.*,crop=.*,tonemap=.*,scale=640:360/);
  });

  it('de-interlaces every picture where the settings believe no flag', () => {
    const { graph } = plan({ scan: 'progressive' }, (settings) => {
      for (const { outputs } of settings.outputGroups) {
        for (const { videoDescription } of outputs) {
          videoDescription.videoPreprocessors.deinterlacer.control = 'FORCE_ALL_FRAMES';
        }
      }
    });
    expect(graph).toMatch(/^\[0:0\]bwdif=mode=send_frame:deint=all,fps=25/);
  });

  it('gives an output the rate that is specified, with key pictures as far apart', () => {
    const { args, graph, groups } = plan({ framesPerSecond: 120 }, (settings) => {
      Object.assign(settings.outputGroups[0].outputs[1].videoDescription.codecSettings.h264Settings, {
        framerateControl: 'SPECIFIED',
        framerateNumerator: 60_000,
        framerateDenominator: 1001,
      });
    });
    expect(graph).toContain('[0:0]fps=120,');
    expect(graph).toContain('[s0]scale=640:360,');
    expect(graph).toContain('[s1]fps=60000/1001,scale=1280:720,');
    const [low, high] = ['/job/0/index_360p.m3u8', '/job/0/index_720p.m3u8'].map((file) => {
      const its = outputArguments(args, file);
      return its[its.indexOf('-g') + 1];
    });
    expect([low, high]).toEqual(['480', '240']);
    expect(groups[0]).toMatchObject({
      variants: [{ framesPerSecond: 120 }, { framesPerSecond: 60_000 / 1001 }],
    });
  });

  it("writes MediaConvert's file names", () => {
    const { args, groups } = plan();
    expect(args.filter((argument) => argument.startsWith('/job/'))).toEqual([
      '/job/0/index_360p_%05d.ts',
      '/job/0/index_360p.m3u8',
      '/job/0/index_720p_%05d.ts',
      '/job/0/index_720p.m3u8',
      '/job/1/thumb.%07d.jpg',
    ]);
    expect(groups).toMatchObject([
      { kind: 'HLS', destination: { folder: 's3://hls/books/42/', baseName: 'index' } },
      { kind: 'FRAME_CAPTURE', destination: { folder: 's3://hls/books/42/thumbnails/', baseName: 'thumb' } },
    ]);
  });

  it('holds the bit rate down to the maximum at the quality asked for', () => {
    const low = outputArguments(plan().args, '/job/0/index_360p.m3u8').join(' ');
    const high = outputArguments(plan().args, '/job/0/index_720p.m3u8').join(' ');
    expect(low).toContain('-crf 23 -maxrate 800000 -bufsize 1600000');
    expect(high).toContain('-crf 21 -maxrate 3000000 -bufsize 6000000');
  });

  it.each([
    [6, 2],
    [5, 5 / 3],
    [1, 1],
    [10, 2],
  ])('puts a keyframe at every boundary of %i-second segments', (segmentSeconds, gopSeconds) => {
    const { line } = plan({}, (settings) => {
      settings.outputGroups[0].outputGroupSettings.hlsGroupSettings.segmentLength = segmentSeconds;
    });
    expect(line).toContain(`-force_key_frames expr:gte(t,n_forced*${gopSeconds})`);
    expect(line).toContain(
      `-hls_time ${segmentSeconds} -hls_list_size 0 -hls_playlist_type vod -start_number 1`,
    );
  });

  it('makes stereo AAC where there is a selector and the source has sound', () => {
    expect(outputArguments(plan().args, '/job/0/index_360p.m3u8').join(' ')).toContain(
      '-map 0:a:0 -c:a aac -b:a 128000 -ar 48000 -ac 2',
    );
  });

  it('makes no sound of a silent source, and none for thumbnails', () => {
    expect(plan({ hasAudio: false, audioChannels: [] }).line).not.toContain('-c:a');
    expect(plan().args.filter((argument) => argument === '-c:a')).toHaveLength(2);
  });

  it('refuses an audio selector that the input does not have', () => {
    expect(() =>
      plan({}, (settings) => {
        settings.inputs[0].audioSelectors = { Other: { defaultSelection: 'DEFAULT' } };
      }),
    ).toThrow(`audioSourceName: expected one of the input's audio selectors (Other), got "Audio Selector 1"`);
  });

  it('adds black bars where the shapes differ', () => {
    expect(plan({ width: 720, height: 1280 }).graph).toContain(
      '[s0]scale=202:360,pad=640:360:(ow-iw)/2:(oh-ih)/2,setsar=1',
    );
  });

  it('stretches when told to, and for a rounded pixel', () => {
    const stretched = plan({ width: 720, height: 1280 }, (settings) => {
      for (const group of settings.outputGroups) {
        for (const output of group.outputs) output.videoDescription.scalingBehavior = 'STRETCH_TO_OUTPUT';
      }
    });
    expect(stretched.graph).not.toContain('pad=');
    expect(plan({ width: 853, height: 480 }).graph).not.toContain('pad=');
  });

  it('rounds odd sides down to even ones', () => {
    const { graph, groups } = plan({}, (settings) => {
      Object.assign(settings.outputGroups[0].outputs[0].videoDescription, { width: 641, height: 361 });
    });
    expect(graph).toContain('[s0]scale=640:360,');
    expect(groups[0]).toMatchObject({ variants: [{ width: 640, height: 360 }, {}] });
  });

  it('turns a phone video upright with Rotate AUTO and leaves it lying, as MediaConvert does, without', () => {
    const phone = { width: 720, height: 1280, rotationDegrees: 90 } as const;
    const turned = plan(phone);
    const lying = plan(phone, (settings) => delete settings.inputs[0].videoSelector);
    expect(turned.args).not.toContain('-noautorotate');
    expect(turned.graph).toContain('scale=202:360,pad');
    expect(lying.args.indexOf('-noautorotate')).toBeLessThan(lying.args.indexOf('-i'));
    expect(lying.graph).toContain('[s0]scale=640:360,setsar');
  });

  it.each([
    [25, '25'],
    [30000 / 1001, '30000/1001'],
    [23.976, '24000/1001'],
    [12.5, '12.5'],
    [1 / 86_400, '1'],
    [1000, '120'],
  ])('keeps %f pictures a second as %s', (framesPerSecond, rate) => {
    expect(plan({ framesPerSecond }).graph).toContain(`[0:0]fps=${rate},`);
  });

  it('ends every output a second behind its input, and takes no more pictures than there are intervals', () => {
    const { args } = plan({ durationSeconds: 19.4 });
    const outputs = ['/job/0/index_360p.m3u8', '/job/0/index_720p.m3u8'];
    for (const output of outputs) expect(outputArguments(args, output).join(' ')).toContain('-t 21 ');
    expect(args[args.indexOf('-frames:v') + 1]).toBe('3');
  });

  it('opens the master with the limits that it was looked at with, before its name', () => {
    const { args } = plan();
    const limits = args.slice(0, args.indexOf('-i')).join(' ');
    expect(limits).toContain('-max_alloc 536870912 -protocol_whitelist file -format_whitelist mov,');
    expect(limits).toContain('-max_streams 100 -max_pixels 35389440');
  });

  it('takes no title, place or chapter of the master along', () => {
    const { args } = plan();
    expect(args.filter((argument) => argument === '-map_metadata')).toHaveLength(2);
    expect(outputArguments(args, '/job/0/index_360p.m3u8').join(' ')).toContain(
      '-map_metadata -1 -map_chapters -1',
    );
  });

  it('takes the picture stream that the probe chose', () => {
    expect(plan({ videoStreamIndex: 2 }).graph).toMatch(/^\[0:2\]/);
  });

  it('captures as often and as many as asked', () => {
    const { line, graph } = plan({}, (settings) => {
      const capture = settings.outputGroups[1].outputs[0].videoDescription.codecSettings.frameCaptureSettings;
      Object.assign(capture, {
        framerateNumerator: 1,
        framerateDenominator: 4,
        maxCaptures: 3,
        quality: 100,
      });
    });
    expect(graph).toContain('selected_n*4)');
    expect(line).toContain('-frames:v 3 -c:v mjpeg -q:v 2');
  });

  it('opens nothing but the file', () => {
    const { args } = plan();
    expect(args.slice(args.indexOf('-protocol_whitelist'), args.indexOf('-protocol_whitelist') + 2)).toEqual([
      '-protocol_whitelist',
      'file',
    ]);
    expect(args).toContain('file:/job/master');
  });
});
