import { describe, expect, it } from 'vitest';
import { runCommandLine } from '../../../modules/mediaconvert/hls-jobs/src/bin/storytime-hls-job.ts';
import {
  APPLE_H264_LADDER,
  createJobInput,
  spelled,
} from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { everything, smallest } from './fixtures.ts';

const env = {
  MASTER_UPLOADS_BUCKET: 'masters',
  HLS_OUTPUTS_BUCKET: smallest.outputsBucket,
  MEDIACONVERT_QUEUE_ARN: smallest.queueArn,
  MEDIACONVERT_ROLE_ARN: smallest.roleArn,
};
const SMALLEST = ['--book-id', '42', '--master', 'uploads/42/master', '--source', '1280x720'];

function run(args: readonly string[], environment: Record<string, string> = env) {
  let [out, error] = ['', ''];
  const code = runCommandLine(args, {
    env: environment,
    writeOut: (text) => (out += text),
    writeError: (text) => (error += text),
  });
  return { code, out, error };
}

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
        ...['--master-version', 'L4kqtJlcpXroDTDmpUMLUo', '--job-template', 'storytime-test-hls'],
        ...['--metadata', 'library=children/picture books', '--tag', 'cost-centre=video'],
        ...['--priority=-5', '--hop', `${hop?.queueArn}=15`],
      ],
      {},
    );
    const { statusUpdateSeconds: _, ...options } = everything;
    const expected = createJobInput({
      ...options,
      audio: 'group',
      hop: { queueArn: hop?.queueArn ?? '', afterMinutes: 15 },
    });
    expect([code, JSON.parse(out)]).toEqual([0, expected]);
  });

  it('leaves the sound out of a silent master', () => {
    expect(run([...SMALLEST, '--silent']).out).not.toContain('AudioDescriptions');
  });

  it.each(['rest', 'ruby'] as const)('spells for %s', (keys) => {
    const input = createJobInput({ ...smallest, ladder: APPLE_H264_LADDER });
    expect(JSON.parse(run([...SMALLEST, '--keys', keys]).out)).toEqual(spelled(input, keys));
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
      '"pathPrefix": expected a folder of 1 to 64 letters, digits, _ and -',
    );
  });

  it.each([
    ['a longer master', ['--duration', '14400.5'], '14400.5'],
    ['a master of unknown length', [], 'undefined'],
  ])('prints no job under that bound for %s', (_, args, got) => {
    const { code, out, error } = run([...SMALLEST, ...args], { ...env, LONGEST_MASTER_SECONDS: '14400' });
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(`"source.durationSeconds": expected at most 14400 seconds`);
    expect(error).toContain(`got ${got}`);
  });

  it('lists every option and every variable of the environment that it reads', () => {
    const { code, out } = run(['--help']);
    expect(code).toBe(0);
    for (const name of [...Object.keys(env), 'LONGEST_MASTER_SECONDS', 'HLS_PATH_PREFIX'])
      expect(out).toContain(name);
    for (const option of ['--book-id', '--duration', '--captions', '--hop', '--keys', '--silent'])
      expect(out).toContain(option);
  });

  it.each<[string[], string]>([
    [[], '--source is required'],
    [['--source', '1x1'], '--book-id is required'],
    [[...SMALLEST, '--source', '720p'], '--source: expected the form 1920x1080, got "720p"'],
    [[...SMALLEST, '--duration', '1:30'], '--duration: expected the form 634.5, got "1:30"'],
    [[...SMALLEST, '--ladder', '720'], '--ladder: expected the form 720:3000000, got "720"'],
    [[...SMALLEST, '--packaging', 'dash'], '--packaging: expected hls-ts or cmaf, got "dash"'],
    [[...SMALLEST, '--keys', 'python'], '--keys: expected pascal or rest or ruby, got "python"'],
    [[...SMALLEST, '--captions', 'en.srt'], '--captions: expected the form ENG=English=s3://'],
    [[...SMALLEST, '--hop', 'overflow'], '--hop: expected the form <queue arn>=15, got "overflow"'],
    [[...SMALLEST, '--tag', 'video'], '--tag: expected the form key=value, got "video"'],
    [[...SMALLEST, '--book-id', '*'], '"bookId": expected 1 to 128 letters'],
    [[...SMALLEST, '--speed', 'fast'], "Unknown option '--speed'"],
    [['more', ...SMALLEST], "Unexpected argument 'more'"],
  ])('answers %j with one line and exit code 2', (args, message) => {
    const { code, out, error } = run(args);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(`storytime-hls-job: ${message}`);
    expect(error.trim().split('\n')).toHaveLength(1);
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
