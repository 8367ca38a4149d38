import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPTIONS } from '../../../modules/mediaconvert/hls-jobs/src/bin/read-options.ts';
import { runCommandLine } from '../../../modules/mediaconvert/hls-jobs/src/bin/storytime-hls-job.ts';
import {
  APPLE_H264_LADDER,
  createJobInput,
  spelled,
} from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { encrypted, everything, smallest, withLevels } from './fixtures.ts';

const env = {
  MASTER_UPLOADS_BUCKET: 'masters',
  HLS_OUTPUTS_BUCKET: smallest.outputsBucket,
  MEDIACONVERT_QUEUE_ARN: smallest.queueArn,
  MEDIACONVERT_ROLE_ARN: smallest.roleArn,
};
const SMALLEST = ['--book-id', '42', '--master', 'uploads/42/master', '--source', '1280x720'];

function run(
  args: readonly string[],
  environment: Record<string, string> = env,
  descriptors: Readonly<Record<number, string>> = {},
) {
  let [out, error] = ['', ''];
  const code = runCommandLine(args, {
    env: environment,
    readDescriptor: (descriptor) => descriptors[descriptor] ?? '',
    writeOut: (text) => (out += text),
    writeError: (text) => (error += text),
  });
  return { code, out, error };
}

/** Names of the library's options, as its messages have them: those that no option of the command has too. */
const LIBRARY_NAMES =
  /"(?:bookId|masterUri|titleVersion|masterVersion|source|outputsBucket|queueArn|roleArn|pathPrefix|longestMasterSeconds|segmentSeconds|packaging|audio|audioTracks|surround|loudnessLufs|programDateTime|minFinalSegmentSeconds|captions|priority|hop|clientRequestToken|userMetadata|tags|jobTemplateName)[".[]/;

describe('storytime-hls-job', () => {
  it('prints one line of JSON, with a backend’s environment and Apple’s ladder', () => {
    const { code, out, error } = run(SMALLEST);
    expect([code, error]).toEqual([0, '']);
    expect(out.indexOf('\n')).toBe(out.length - 1);
    expect(JSON.parse(out)).toEqual(createJobInput({ ...smallest, ladder: APPLE_H264_LADDER }));
  });

  it('prints everything that createJobInput can', () => {
    const { hop, queueArn, roleArn } = everything;
    const { code, out } = run(
      [
        ...['--book-id', '42', '--master', everything.masterUri, '--source', '1280x720'],
        ...['--ladder', '360:365000,720:3000000,1080:6000000', '--segment-seconds', '6'],
        ...['--packaging', 'cmaf', '--audio', 'group', '--i-frame-playlists'],
        ...(everything.captions ?? []).flatMap(({ languageCode, label, input }) => [
          '--captions',
          `${languageCode.toLowerCase()}=${label}=${input}`,
        ]),
        ...['--outputs-bucket', everything.outputsBucket, '--queue-arn', queueArn, '--role-arn', roleArn],
        ...[
          '--title-version',
          '2',
          '--master-version',
          'L4kqtJlcpXroDTDmpUMLUo',
          '--job-template',
          'storytime-test-hls',
        ],
        ...['--metadata', 'library=children/picture books', '--tag', 'cost-centre=video'],
        ...['--priority=-5', '--hop', `${hop?.queueArn}=15`],
      ],
      {},
    );
    const { statusUpdateSeconds: _, ...options } = everything;
    const expected = createJobInput({
      ...options,
      titleVersion: 2,
      audio: 'group',
      hop: { queueArn: hop?.queueArn ?? '', afterMinutes: 15 },
    });
    expect([code, JSON.parse(out)]).toEqual([0, expected]);
  });

  it('takes captions of a file and of a channel inside the master', () => {
    const args = ['--captions', 'ENG=English=cc1', '--captions', 'deu=Deutsch=s3://masters/cc2'];
    const wrong = run([...SMALLEST, ...args]);
    expect([wrong.code, wrong.error]).toEqual([2, expect.stringContaining('--captions: expected s3://')]);
    const { out } = run([...SMALLEST, ...args.slice(0, 2)]);
    const captions = [{ languageCode: 'ENG', label: 'English', channel: 1 }] as const;
    expect(JSON.parse(out)).toEqual(createJobInput({ ...smallest, ladder: APPLE_H264_LADDER, captions }));
  });

  it('takes tracks of sound and 5.1', () => {
    const args = ['--audio-track', 'deu=Deutsch=2', '--audio-track', 'ENG=English=1', '--surround', 'ac3'];
    const audioTracks = [
      { languageCode: 'DEU', label: 'Deutsch', track: 2 },
      { languageCode: 'ENG', label: 'English', track: 1 },
    ] as const;
    const expected = createJobInput({ ...smallest, ladder: APPLE_H264_LADDER, audioTracks, surround: 'ac3' });
    expect(JSON.parse(run([...SMALLEST, ...args]).out)).toEqual(expected);
    const wrong = run([...SMALLEST, ...args, '--audio', 'muxed']);
    expect([wrong.code, wrong.error]).toEqual([
      2,
      expect.stringContaining('--audio: expected "group" with --surround ac3, got "muxed"'),
    ]);
  });

  const KEY_HEX = Buffer.from('dummy key, 16 b.').toString('hex');
  const KEY_URL = 'https://api.example.com/api/video-keys/42?v=1';

  it.each([
    ['a descriptor', ['--key-url', KEY_URL, '--key-fd', '3'], env, { 3: `${KEY_HEX}\n` }],
    ['standard input', ['--key-url', KEY_URL, '--key-fd', '0'], env, { 0: KEY_HEX.toUpperCase() }],
    ['the environment', [], { ...env, CONTENT_KEY_URL: KEY_URL, CONTENT_KEY: KEY_HEX }, {}],
  ])('takes a content key from %s, and no argument holds it', (_, args, environment, descriptors) => {
    const { code, out } = run([...SMALLEST, ...args, '--i-frame-playlists'], environment, descriptors);
    expect([code, JSON.parse(out)]).toEqual([0, createJobInput({ ...encrypted, ladder: APPLE_H264_LADDER })]);
    expect(args.join(' ')).not.toContain(KEY_HEX);
  });

  it.each([
    ['no key', {}, '--key-fd or CONTENT_KEY is required'],
    [
      'a key that is too short',
      { CONTENT_KEY: KEY_HEX.slice(1) },
      'CONTENT_KEY: expected 32 hexadecimal digits, got 31 characters',
    ],
    [
      'a key in base64',
      { CONTENT_KEY: 'ZHVtbXkga2V5LCAxNiBiLg==' },
      'CONTENT_KEY: expected 32 hexadecimal digits, got 24 characters',
    ],
  ])('prints no job with %s, and repeats nothing of it', (_, variables: Record<string, string>, message) => {
    const { code, out, error } = run([...SMALLEST, '--key-url', KEY_URL], { ...env, ...variables });
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
    expect(error).not.toContain(KEY_HEX.slice(1, 9));
    expect(error).not.toContain('ZHVt');
  });

  it('takes levels of sound, dates, a least last segment and acceleration', () => {
    const args = [
      ...['--book-id', '42', '--master', 'uploads/42/master', '--source', '1920x1080'],
      ...['--ladder', '360:365000:64000,720:3000000,1080:6000000:192000', '--loudness=-23'],
      ...['--program-date-time', '2026-12-01', '--min-final-segment-seconds', '1.5'],
      ...['--acceleration', 'preferred'],
    ];
    expect(JSON.parse(run(args).out)).toEqual(createJobInput(withLevels));
  });

  it('takes what the picture is', () => {
    const args = [
      '--frames-per-second',
      '119.88',
      '--scan',
      'progressive',
      '--color',
      'other',
      '--hdr',
      'sdr',
    ];
    const source = {
      ...smallest.source,
      framesPerSecond: 119.88,
      scan: 'progressive',
      color: 'other',
    } as const;
    const expected = createJobInput({ ...smallest, ladder: APPLE_H264_LADDER, source, hdr: 'sdr' });
    expect(JSON.parse(run([...SMALLEST, ...args]).out)).toEqual(expected);
    for (const [wrong, message] of [
      [['--hdr', 'keep'], '--hdr: expected "sdr", because renditions are H.264'],
      [
        ['--frames-per-second', '0'],
        '--frames-per-second: expected a number of pictures a second above 0, got 0',
      ],
      [['--frames-per-second', 'fast'], '--frames-per-second: expected the form 29.97, got "fast"'],
      [['--scan', 'tff'], '--scan: expected progressive or interlaced, got "tff"'],
      [['--color', 'p3'], '--color: expected bt709 or other, got "p3"'],
    ] as const) {
      const { code, error } = run([...SMALLEST, ...wrong]);
      expect([code, error]).toEqual([2, expect.stringContaining(message)]);
    }
  });

  it('leaves the sound out of a silent master', () => {
    expect(run([...SMALLEST, '--silent']).out).not.toContain('AudioDescriptions');
  });

  it.each(['rest', 'ruby'] as const)('spells for %s', (keys) => {
    const input = createJobInput({ ...smallest, ladder: APPLE_H264_LADDER });
    expect(JSON.parse(run([...SMALLEST, '--keys', keys]).out)).toEqual(spelled(input, keys));
  });

  it('names the version of a title by its own option', () => {
    const { code, error } = run([...SMALLEST, '--title-version', '0']);
    expect([code, error]).toEqual([2, expect.stringContaining('--title-version: expected a whole number')]);
  });

  it('takes a token of the caller’s own', () => {
    const { out } = run([...SMALLEST, '--client-request-token', 'book-42-try-2']);
    expect(JSON.parse(out).ClientRequestToken).toBe('book-42-try-2');
  });

  it('takes the bound on the length from its option, or from a backend’s environment', () => {
    const bound = { ...env, LONGEST_MASTER_SECONDS: '14400' };
    const expected = (longestMasterSeconds: number) =>
      createJobInput({
        ...smallest,
        ladder: APPLE_H264_LADDER,
        longestMasterSeconds,
        source: { ...smallest.source, durationSeconds: 634.5 },
      });
    const within = [...SMALLEST, '--duration', '634.5'];
    expect(JSON.parse(run(within, bound).out)).toEqual(expected(14_400));
    expect(JSON.parse(run([...within, '--longest-master-seconds', '700'], bound).out)).toEqual(expected(700));
  });

  it('takes the folder of titles from its option, or from a backend’s environment', () => {
    const expected = (pathPrefix: string) =>
      createJobInput({ ...smallest, ladder: APPLE_H264_LADDER, pathPrefix });
    const lessons = { ...env, HLS_PATH_PREFIX: 'lessons' };
    expect(run(SMALLEST, { ...env, HLS_PATH_PREFIX: '' }).out).toContain('/books/42/index"');
    expect(JSON.parse(run(SMALLEST, lessons).out)).toEqual(expected('lessons'));
    expect(JSON.parse(run([...SMALLEST, '--path-prefix', 'talks'], lessons).out)).toEqual(expected('talks'));
    expect(run([...SMALLEST, '--path-prefix', '../x']).error).toContain(
      '--path-prefix or HLS_PATH_PREFIX: expected a folder of 1 to 64 letters, digits, _ and -',
    );
  });

  it.each([
    ['a longer master', ['--duration', '14400.5'], '14400.5'],
    ['a master of unknown length', [], 'undefined'],
  ])('prints no job under that bound for %s', (_, args, got) => {
    const { code, out, error } = run([...SMALLEST, ...args], { ...env, LONGEST_MASTER_SECONDS: '14400' });
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain('--duration: expected at most 14400 seconds, which is --longest-master-seconds');
    expect(error).toContain(`got ${got}`);
  });

  it('lists every option and every variable of the environment that it reads', () => {
    const { code, out } = run(['--help']);
    expect(code).toBe(0);
    for (const name of [
      ...Object.keys(env),
      'LONGEST_MASTER_SECONDS',
      'HLS_PATH_PREFIX',
      'CONTENT_KEY_URL',
      'CONTENT_KEY',
    ])
      expect(out).toContain(name);
    for (const option of Object.keys(OPTIONS).filter((name) => name !== 'help'))
      expect(out).toContain(`--${option}`);
  });

  it.each<[string[], string]>([
    [[], '--source is required'],
    [['--source', '1x1'], '--book-id is required'],
    [[...SMALLEST, '--source', '720p'], '--source: expected the form 1920x1080, got "720p"'],
    [[...SMALLEST, '--duration', '1:30'], '--duration: expected the form 634.5, got "1:30"'],
    [
      [...SMALLEST, '--ladder', '720'],
      '--ladder: expected the form 720:3000000 or 720:3000000:96000, got "720"',
    ],
    [[...SMALLEST, '--ladder', '720:3000000:1'], '--ladder: expected one of 64000, 80000'],
    [[...SMALLEST, '--loudness', 'loud'], '--loudness: expected the form -23, got "loud"'],
    [[...SMALLEST, '--loudness=-60'], '--loudness: expected a number of LUFS from -59 to 0'],
    [[...SMALLEST, '--acceleration', 'full'], '--acceleration: expected disabled or enabled or preferred'],
    [
      [...SMALLEST, '--packaging', 'cmaf', '--program-date-time', '2026-12-01'],
      '--program-date-time: expected no date with --packaging cmaf, whose playlists have none',
    ],
    [
      [...SMALLEST, '--min-final-segment-seconds', '6'],
      '--min-final-segment-seconds: expected a number of seconds from 1 to less than --segment-seconds, got 6',
    ],
    [[...SMALLEST, '--packaging', 'dash'], '--packaging: expected hls-ts or cmaf, got "dash"'],
    [[...SMALLEST, '--keys', 'python'], '--keys: expected pascal or rest or ruby, got "python"'],
    [[...SMALLEST, '--captions', 'en.srt'], '--captions: expected the form ENG=English=s3://'],
    [[...SMALLEST, '--hop', 'overflow'], '--hop: expected the form <queue arn>=15, got "overflow"'],
    [[...SMALLEST, '--tag', 'video'], '--tag: expected the form key=value, got "video"'],
    [[...SMALLEST, '--book-id', '*'], '--book-id: expected 1 to 128 letters'],
    [[...SMALLEST, '--master', 's3://m/'], '--master: expected s3://<bucket>/<key>, got'],
    [[...SMALLEST, '--master-version', '#'], '--master-version: expected letters, digits'],
    [[...SMALLEST, '--source', '0x720'], '--source: expected a whole number from 1 to 16384, got 0'],
    [[...SMALLEST, '--duration', '0'], '--duration: expected a number of seconds above 0, got 0'],
    [
      [...SMALLEST, '--longest-master-seconds', '0'],
      '--longest-master-seconds or LONGEST_MASTER_SECONDS: expected a whole number from 1',
    ],
    [[...SMALLEST, '--segment-seconds', '61'], '--segment-seconds: expected a whole number of seconds'],
    [
      [...SMALLEST, '--packaging', 'cmaf', '--audio', 'muxed'],
      '--audio: expected "group" with --packaging cmaf, which has a file for every track, got "muxed"',
    ],
    [
      [...SMALLEST, '--captions', 'ENG=English=s3://m/en.txt'],
      '--captions: expected s3://<bucket>/<key> ending',
    ],
    [[...SMALLEST, '--captions', 'EN=English=s3://m/en.srt'], '--captions: expected an ISO 639-2 code'],
    [
      [...SMALLEST, '--outputs-bucket', 'A'],
      '--outputs-bucket or HLS_OUTPUTS_BUCKET: expected the name of a',
    ],
    [[...SMALLEST, '--queue-arn', 'q'], '--queue-arn or MEDIACONVERT_QUEUE_ARN: expected the ARN of a'],
    [
      [...SMALLEST, '--role-arn', 'r'],
      '--role-arn or MEDIACONVERT_ROLE_ARN: expected the ARN of an IAM role',
    ],
    [[...SMALLEST, '--priority=51'], '--priority: expected a whole number from -50 to 50, got 51'],
    [[...SMALLEST, '--hop', 'q=15'], '--hop: expected the ARN of a MediaConvert queue, got "q"'],
    [
      [...SMALLEST, '--hop', `${smallest.queueArn}=15`],
      '--hop: expected another queue than --queue-arn, got',
    ],
    [
      [...SMALLEST, '--hop', `${smallest.queueArn}2=0`],
      '--hop: expected a whole number from 1 to 4320, got 0',
    ],
    [[...SMALLEST, '--client-request-token', 'ä'], '--client-request-token: expected 1 to 64 printable'],
    [[...SMALLEST, '--metadata', 'book_id=1'], '--metadata: expected other keys than book_id'],
    [[...SMALLEST, '--metadata', 'a=#'], '--metadata: expected letters, digits'],
    [[...SMALLEST, '--speed', 'fast'], "Unknown option '--speed'"],
    [['more', ...SMALLEST], "Unexpected argument 'more'"],
  ])('answers %j with one line and exit code 2', (args, message) => {
    const { code, out, error } = run(args);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(`storytime-hls-job: ${message}`);
    expect(error.trim().split('\n')).toHaveLength(1);
    expect(error).not.toMatch(LIBRARY_NAMES);
  });

  it('names no option that it does not have, whatever the arguments', () => {
    const values = fc.oneof(
      fc.constantFrom(
        '',
        '0',
        '1x1',
        '720:3000000',
        'cmaf',
        'muxed',
        'ENG=English=s3://m/en.srt',
        's3://m/k',
        'a=b',
      ),
      fc.string(),
    );
    const given = fc.record(
      Object.fromEntries(Object.keys(OPTIONS).map((name) => [name, values])) as Record<string, typeof values>,
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(given, (options) => {
        const { help: _, silent, 'i-frame-playlists': frames, ...texts } = options;
        const flags = [...(silent ? ['--silent'] : []), ...(frames ? ['--i-frame-playlists'] : [])];
        const args = Object.entries(texts).map(([name, value]) => `--${name}=${value}`);
        const { error } = run([...SMALLEST, ...args, ...flags]);
        const [, said = ''] = /^storytime-hls-job: (.*?), got /s.exec(error) ?? [];
        expect(said).not.toMatch(LIBRARY_NAMES);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['MASTER_UPLOADS_BUCKET', 'HLS_OUTPUTS_BUCKET', 'MEDIACONVERT_QUEUE_ARN', 'MEDIACONVERT_ROLE_ARN'])(
    'names %s where it is missing',
    (name) => {
      const { code, error } = run(
        SMALLEST,
        Object.fromEntries(Object.entries(env).filter(([key]) => key !== name)),
      );
      expect([code, error.includes(`or ${name} is required`)]).toEqual([2, true]);
    },
  );
});
