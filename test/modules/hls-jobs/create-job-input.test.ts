import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { CreateJobCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type CreateJobOptions,
  createJobInput,
  MAX_MASTER_SECONDS,
  rungsFor,
  spelled,
} from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import {
  encrypted,
  everything,
  fastPicture,
  hdrPicture,
  interlacedPicture,
  plainPicture,
  smallest,
  withAudioTracks,
  withCaptions,
  withLevels,
  withSurroundLevels,
} from './fixtures.ts';

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
/** The formatter of this repository writes short lists on one line. */
const golden = (name: string) =>
  json(JSON.parse(readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')));

describe('what options inherit', () => {
  const inherited = {
    roleArn: 'arn:aws:iam::999999999999:role/other',
    jobTemplateName: 'other',
    priority: 50,
    packaging: 'cmaf',
    captions: [{ languageCode: 'ENG', label: 'x', input: 's3://other/en.srt' }],
    userMetadata: { other: 'x' },
    tags: { other: 'x' },
    hop: { queueArn: 'arn:aws:mediaconvert:eu-central-1:999999999999:queues/other', afterMinutes: 1 },
  };

  afterEach(() => {
    for (const name of Object.keys(inherited)) Reflect.deleteProperty(Object.prototype, name);
  });

  it('is no option: Object.prototype itself', () => {
    for (const [name, value] of Object.entries(inherited)) {
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true });
    }
    expect((smallest as { jobTemplateName?: string }).jobTemplateName).toBe('other');
    expect(json(createJobInput(smallest))).toBe(golden('smallest'));
  });

  class Options {
    constructor(own: object) {
      Object.assign(this, own);
    }
    get jobTemplateName() {
      return 'other';
    }
  }
  const bare = Object.assign(Object.create(null), inherited);
  const merged = Object.assign({}, smallest, JSON.parse(`{"__proto__":${JSON.stringify(inherited)}}`));

  it.each([
    ['the __proto__ of a JSON text', merged],
    ['Object.create', Object.assign(Object.create(inherited), smallest)],
    ['Object.create of an object without a prototype', Object.assign(Object.create(bare), smallest)],
    ['a class', new Options(smallest)],
    ['a Map', new Map(Object.entries(smallest))],
  ])('is refused with what inherits it: %s', (_, options) => {
    const wanted = '"options": expected a plain object; spread';
    expect(() => createJobInput(options)).toThrow(TypeError);
    expect(() => createJobInput(options)).toThrow(wanted);
  });

  it('is refused in a part too, by its name', () => {
    const { captions = [], ladder, source } = everything;
    const inheriting = (part: object) => Object.create(part);
    for (const [name, options] of [
      ['source', { source: inheriting(source) }],
      ['hop', { hop: inheriting(everything.hop as object) }],
      ['captions[0]', { captions: captions.map(inheriting) }],
      ['ladder[0]', { ladder: ladder?.map(inheriting) }],
      ['tags', { tags: new Map([['team', 'video']]) }],
      ['userMetadata', { userMetadata: inheriting({ a: 'b' }) }],
    ] as const) {
      const call = () => createJobInput({ ...everything, ...options } as never);
      expect(call).toThrow(`"${name}": expected a plain object`);
    }
    expect(() => rungsFor(ladder, inheriting(source))).toThrow('"source": expected a plain object');
  });

  it('is of no matter for an object without a prototype, or of another realm', () => {
    const without = Object.assign(Object.create(null), smallest);
    const elsewhere = runInNewContext(`(${JSON.stringify(smallest)})`);
    for (const options of [without, elsewhere])
      expect(json(createJobInput(options))).toBe(golden('smallest'));
  });
});

describe('the input of CreateJob', () => {
  it('is, at its smallest, what golden/smallest.json says', () => {
    expect(json(createJobInput(smallest))).toBe(golden('smallest'));
  });

  it('is, with captions of every kind, what golden/captions.json says', () => {
    expect(json(createJobInput(withCaptions))).toBe(golden('captions'));
  });

  it('is, with several languages and 5.1, what golden/audio-tracks.json says', () => {
    expect(json(createJobInput(withAudioTracks))).toBe(golden('audio-tracks'));
  });

  it('is, with a content key, what golden/encrypted.json says', () => {
    expect(json(createJobInput(encrypted))).toBe(golden('encrypted'));
  });

  it('is, with levels of sound and dates, what golden/levels.json says', () => {
    expect(json(createJobInput(withLevels))).toBe(golden('levels'));
  });

  it('is, with a level of stereo and 5.1, what golden/surround-levels.json says', () => {
    expect(json(createJobInput(withSurroundLevels))).toBe(golden('surround-levels'));
  });

  it.each([
    ['a picture that needs nothing', 'picture-plain', plainPicture],
    ['HDR', 'picture-hdr', hdrPicture],
    ['an interlaced picture', 'picture-interlaced', interlacedPicture],
    ['119.88 pictures a second', 'picture-fast', fastPicture],
  ])('is, with %s, what golden/%s.json says', (_, name, options) => {
    expect(json(createJobInput(options))).toBe(golden(name));
  });

  it('is, with everything, what golden/everything.json says', () => {
    expect(json(createJobInput(everything))).toBe(golden('everything'));
  });

  it.each([
    ['smallest', smallest],
    ['everything', everything],
    ['captions', withCaptions],
    ['audio tracks', withAudioTracks],
    ['content key', encrypted],
    ['audio tracks in CMAF', { ...withAudioTracks, packaging: 'cmaf' as const }],
    ['levels', withLevels],
    ['surround levels', withSurroundLevels],
  ])('reaches the wire whole, at its %s: every name is one that the SDK knows', async (_, options) => {
    const input = createJobInput(options);
    expect(await bodyOnTheWire(input)).toEqual(spelled(input, 'rest'));
  });

  it('writes books/<id>/index and the thumbnails below it', () => {
    const { Settings } = createJobInput({ ...smallest, bookId: 'the hare' });
    const destinations = Settings?.OutputGroups?.map(
      ({ OutputGroupSettings: group }) =>
        group?.HlsGroupSettings?.Destination ?? group?.FileGroupSettings?.Destination,
    );
    expect(destinations).toEqual([
      's3://outputs/books/the hare/index',
      's3://outputs/books/the hare/thumbnails/thumb',
    ]);
  });

  it('makes no rung above the source', () => {
    const rungs = createJobInput(smallest).Settings?.OutputGroups?.[0]?.Outputs;
    expect(rungs?.map(({ NameModifier }) => NameModifier)).toEqual(['_360p', '_720p']);
  });

  it('names its queue and its role, whatever the template', () => {
    expect(createJobInput(everything)).toMatchObject({ Queue: smallest.queueArn, Role: smallest.roleArn });
  });
});

describe('the client request token', () => {
  const tokenOf = (changes: Partial<CreateJobOptions>) =>
    createJobInput({ ...smallest, ...changes }).ClientRequestToken;

  it('is the same for the same call, and short enough', () => {
    expect(tokenOf({})).toBe(tokenOf({}));
    expect(tokenOf({})).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<Partial<CreateJobOptions>>([
    { bookId: '43' },
    { masterUri: 's3://masters/uploads/42/other' },
    { masterVersion: '2' },
    { segmentSeconds: 4 },
    { source: { width: 640, height: 360, hasAudio: true } },
    { priority: 1 },
  ])('is another for %j, so that no other job answers for it', (changes) => {
    expect(tokenOf(changes)).not.toBe(tokenOf({}));
  });

  it('is the caller’s own where there is one', () => {
    expect(tokenOf({ clientRequestToken: 'book-42-try-2' })).toBe('book-42-try-2');
  });
});

describe('a book id', () => {
  it.each([
    '42',
    'a',
    'The hare',
    'Ærø',
    '3f2b8c1e-5b1f-4a1e-9d0a-000000000042',
    'isbn:978-3',
    'a.b',
    '物語',
  ])('may be %s', (bookId) => {
    expect(createJobInput({ ...smallest, bookId }).UserMetadata).toEqual({ book_id: bookId });
  });

  it.each([
    '',
    '*',
    '4*',
    '4?',
    '..',
    'a..b',
    '.',
    '%2a',
    '%2E%2E',
    'a/b',
    'a\\b',
    '$dt$',
    ' 42',
    '42 ',
    'a\nb',
    'a\u0000b',
    'a\u202eb',
    'a&b',
    "a'b",
    'a#b',
    'x'.repeat(129),
  ])('is refused as %j', (bookId) => {
    expect(() => createJobInput({ ...smallest, bookId })).toThrow(
      new TypeError(
        '"bookId": expected 1 to 128 letters, digits, inner spaces or any of _ . : = + - @, without "..", ' +
          `got ${JSON.stringify(bookId)}`,
      ),
    );
  });

  it('is refused when it is a number', () => {
    expect(() => createJobInput({ ...smallest, bookId: 42 as unknown as string })).toThrow(
      '"bookId": expected',
    );
  });
});

describe('a bound on the length of a master', () => {
  const longestMasterSeconds = 14_400;
  const input = (durationSeconds?: number) =>
    createJobInput({
      ...smallest,
      longestMasterSeconds,
      source: { ...smallest.source, ...(durationSeconds !== undefined && { durationSeconds }) },
    });

  it('accepts a master of exactly that length, and is in the metadata that its events carry', () => {
    expect(input(longestMasterSeconds).UserMetadata).toEqual({
      book_id: '42',
      longest_master_seconds: '14400',
    });
  });

  it('changes nothing of the settings: a clip would cut a long master, and fail a short one with error 1060', () => {
    expect(input(60).Settings).toEqual(createJobInput(smallest).Settings);
  });

  it.each([
    ['a thousandth of a second longer', 14_400.001, '14400.001'],
    ['thirty days long', 2_588_401, '2588401'],
    ['of unknown length', undefined, 'undefined'],
  ])('refuses a master that is %s, before there is a job', (_, durationSeconds, got) => {
    const call = () => input(durationSeconds);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(
      `"source.durationSeconds": expected at most 14400 seconds, which is "longestMasterSeconds", got ${got}`,
    );
  });

  it('refuses every length above it and no other, whatever both are', () => {
    const bounds = fc.integer({ min: 1, max: MAX_MASTER_SECONDS });
    const lengths = fc.double({ min: 0.001, max: 2 * MAX_MASTER_SECONDS, noNaN: true });
    fc.assert(
      fc.property(bounds, lengths, (longest, durationSeconds) => {
        const make = () =>
          createJobInput({
            ...smallest,
            longestMasterSeconds: longest,
            source: { ...smallest.source, durationSeconds },
          });
        if (durationSeconds > longest) expect(make).toThrow('"source.durationSeconds": expected at most');
        else expect(make().UserMetadata?.longest_master_seconds).toBe(String(longest));
      }),
    );
  });

  it.each([
    [0, '"longestMasterSeconds": expected a whole number from 1 to 86400, got 0'],
    [1.5, '"longestMasterSeconds": expected a whole number from 1 to 86400, got 1.5'],
    [86_401, '"longestMasterSeconds": expected a whole number from 1 to 86400, got 86401'],
    [Number.NaN, '"longestMasterSeconds": expected a whole number from 1 to 86400, got null'],
  ])('cannot be %d', (longest, message) => {
    const source = { ...smallest.source, durationSeconds: 1 };
    expect(() => createJobInput({ ...smallest, source, longestMasterSeconds: longest })).toThrow(message);
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('takes no length of %d, bound or not', (length) => {
    const source = { ...smallest.source, durationSeconds: length };
    expect(() => createJobInput({ ...smallest, source })).toThrow(
      '"source.durationSeconds": expected a number of seconds above 0, got ',
    );
  });
});

describe('refused', () => {
  it.each<[Partial<Record<keyof CreateJobOptions, unknown>>, string]>([
    [{ masterUri: 'https://masters/1.mp4' }, '"masterUri": expected s3://<bucket>/<key>, got "https:'],
    [{ masterUri: 's3://masters/uploads/' }, '"masterUri": expected s3://<bucket>/<key>, got '],
    [{ outputsBucket: 's3://outputs' }, '"outputsBucket": expected the name of a bucket, got '],
    [{ queueArn: 'storytime-test' }, '"queueArn": expected the ARN of a MediaConvert queue, got '],
    [{ roleArn: 'mediaconvert' }, '"roleArn": expected the ARN of an IAM role, got "mediaconvert"'],
    [{ source: undefined }, '"source": expected { width, height, hasAudio } of the master, got undefined'],
    [
      { source: { width: 0, height: 720, hasAudio: true } },
      '"source.width": expected a whole number from 1 to 16384, got 0',
    ],
    [{ priority: 51 }, '"priority": expected a whole number from -50 to 50, got 51'],
    [
      { hop: { queueArn: smallest.queueArn, afterMinutes: 1 } },
      '"hop.queueArn": expected another queue than "queueArn", got ',
    ],
    [
      { hop: { ...everything.hop, afterMinutes: 4321 } },
      '"hop.afterMinutes": expected a whole number from 1 to 4320, got 4321',
    ],
    [
      { hop: { ...everything.hop, priority: -51 } },
      '"hop.priority": expected a whole number from -50 to 50, got -51',
    ],
    [{ statusUpdateSeconds: 61 }, '"statusUpdateSeconds": expected one of 10, 12, 15, 20, 30, 60, 120, '],
    [
      { clientRequestToken: 'x'.repeat(65) },
      '"clientRequestToken": expected 1 to 64 printable ASCII characters',
    ],
    [
      { masterVersion: 'a?b' },
      '"masterVersion": expected letters, digits, spaces or any of _ . : / = + - @, got ',
    ],
    [
      { userMetadata: { book_id: '1' } },
      '"userMetadata": expected other keys than book_id, title_version, master_version, longest_master_seconds, which are options',
    ],
    [{ userMetadata: { longest_master_seconds: '1' } }, '"userMetadata": expected other keys than book_id'],
    [{ userMetadata: { a: 'b*' } }, '"userMetadata.a": expected letters, digits, spaces or any of '],
    [
      { userMetadata: { a: 'x'.repeat(257) } },
      '"userMetadata.a": expected at most 256 characters, got "257 ',
    ],
    [
      { userMetadata: Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`k${n}`, 'v'])) },
      '"userMetadata": expected at most 10 pairs, own ones included, got 11',
    ],
    [{ packaging: 'dash' }, '"packaging": expected "hls-ts" or "cmaf", got "dash"'],
    [{ audio: 'none' }, '"audio": expected "muxed" or "group", got "none"'],
    [
      { packaging: 'cmaf', audio: 'muxed' },
      '"audio": expected "group" with "packaging": "cmaf", which has a file for every track, got "muxed"',
    ],
    [{ surround: 'eac3' }, '"surround": expected "ac3", got "eac3"'],
    [{ audio: 'muxed', surround: 'ac3' }, '"audio": expected "group" with "surround": "ac3", got "muxed"'],
    [
      { ...withAudioTracks, surround: undefined, audio: 'muxed' },
      '"audio": expected "group" with several of "audioTracks", got "muxed"',
    ],
    [{ audioTracks: [] }, '"audioTracks": expected at least one track, or no such option, got []'],
    [
      { audioTracks: [{ track: 0, languageCode: 'ENG', label: 'English' }] },
      '"audioTracks[0].track": expected a whole number from 1 to 1000, got 0',
    ],
    [
      { audioTracks: [{ track: 1, languageCode: 'en', label: 'English' }] },
      '"audioTracks[0].languageCode": expected an ISO 639-2 code in capital letters, such as "ENG", got "en"',
    ],
    [
      { audioTracks: [{ track: 1, languageCode: 'FRA', label: 'Français' }] },
      '"audioTracks[0].label": expected letters of ASCII, digits, _ and spaces, such as "English", got "Français"',
    ],
    [
      {
        audioTracks: [
          { track: 1, languageCode: 'ENG', label: 'English' },
          { track: 2, languageCode: 'ENG', label: 'English' },
        ],
      },
      '"audioTracks[1].label": expected a label that no other track has, got "English"',
    ],
    [
      { loudnessLufs: -59.5 },
      '"loudnessLufs": expected a number of LUFS from -59 to 0, such as -23, got -59.5',
    ],
    [{ loudnessLufs: 1 }, '"loudnessLufs": expected a number of LUFS from -59 to 0, such as -23, got 1'],
    [
      { loudnessLufs: '-23' },
      '"loudnessLufs": expected a number of LUFS from -59 to 0, such as -23, got "-23"',
    ],
    [{ loudnessLufs: Number.NaN }, '"loudnessLufs": expected a number of LUFS from -59 to 0'],
    [
      { ladder: [{ shortSidePixels: 360, maxBitrateBps: 365_000, audioBitrateBps: 100_000 }] },
      '"ladder[0].audioBitrateBps": expected one of 64000, 80000, 96000, 112000, 128000, 160000, 192000, 224000, 256000, ' +
        '288000, 320000, 384000, 448000, 512000, 576000, got 100000',
    ],
    ...[{ audio: 'group' }, { surround: 'ac3' }, { packaging: 'cmaf' }].map((group): [object, string] => [
      { ...group, ladder: withLevels.ladder },
      '"ladder[0].audioBitrateBps": expected none with "audio": "group", whose sound all rungs share, got 64000',
    ]),
    [
      { packaging: 'cmaf', programDateTime: '2026-12-01' },
      '"programDateTime": expected no date with "packaging": "cmaf", whose playlists have none, got "2026-12-01"',
    ],
    ...['2026-02-30', '2026-12-01T00:00:00Z', '1.12.2026', 20_261_201].map(
      (programDateTime): [object, string] => [
        { programDateTime },
        `"programDateTime": expected a day, such as 2026-12-01, got ${JSON.stringify(programDateTime)}`,
      ],
    ),
    ...[0, 0.9, 6, '2', Number.NaN].map((minFinalSegmentSeconds): [object, string] => [
      { minFinalSegmentSeconds },
      '"minFinalSegmentSeconds": expected a number of seconds from 1 to less than "segmentSeconds", got ',
    ]),
    [
      { acceleration: 'ENABLED' },
      '"acceleration": expected "disabled", "enabled" or "preferred", got "ENABLED"',
    ],
    [{ acceleration: 'toString' }, '"acceleration": expected "disabled", "enabled" or "preferred"'],
    [{ segmentSeconds: 1.5 }, '"segmentSeconds": expected a whole number of seconds from 1 to 60, got 1.5'],
    [{ ladder: [] }, '"ladder": expected at least one rung, got none'],
    [
      { captions: [{ languageCode: 'ENG', label: 'English', input: 's3://masters/en.txt' }] },
      '"captions[0].input": expected s3://<bucket>/<key> ending in srt, vtt, webvtt, ttml, dfxp, xml, scc, stl, smi, got ',
    ],
    [
      { captions: [{ languageCode: 'ENG', label: 'English', channel: 5 }] },
      '"captions[0].channel": expected 1, 2, 3 or 4, got 5',
    ],
    [
      { captions: [{ languageCode: 'ENG', label: 'English', channel: 1, input: 's3://masters/en.srt' }] },
      '"captions[0].input": expected no file with a channel of the master, got "s3://masters/en.srt"',
    ],
    [
      { captions: [{ languageCode: 'en', label: 'English', input: 's3://masters/en.srt' }] },
      '"captions[0].languageCode": expected an ISO 639-2 code in capital letters, such as "ENG", got "en"',
    ],
    [
      { captions: [{ languageCode: 'ENG', label: ' ', input: 's3://masters/en.srt' }] },
      '"captions[0].label": expected what the player shows, such as "English", got " "',
    ],
  ])('is %j', (changes, message) => {
    const call = () => createJobInput({ ...smallest, ...(changes as Partial<CreateJobOptions>) });
    expect(call).toThrow(TypeError);
    expect(call).toThrow(message);
  });
});

/** What the SDK sends: it leaves out every name that is not in AWS's model. */
async function bodyOnTheWire(input: ReturnType<typeof createJobInput>): Promise<unknown> {
  let body: unknown;
  const client = new MediaConvertClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: {
      handle: async (request: { body: Uint8Array }) => {
        body = JSON.parse(new TextDecoder().decode(request.body));
        throw new Error('seen');
      },
    },
    maxAttempts: 1,
  });
  await expect(client.send(new CreateJobCommand(input))).rejects.toThrow('seen');
  return body;
}

describe('a refusal', () => {
  it.each([
    ['a BigInt', 5n],
    ['a circle', Object.assign([], { 0: undefined })],
    ['nothing', undefined],
  ])('says what is expected for %s too', (_, priority) => {
    const call = () => createJobInput({ ...smallest, priority: priority as never, hop: 5 as never });
    expect(call).toThrow(TypeError);
  });

  it('does not repeat a text of any length', () => {
    const bookId = '*'.repeat(100_000);
    expect(() => createJobInput({ ...smallest, bookId })).toThrow(/^.{1,400}$/);
  });

  it('is one of ours when there are no options', () => {
    for (const options of [undefined, null, 'x']) {
      expect(() => createJobInput(options as never)).toThrow('"options": expected an object');
    }
  });
});

describe('a later encode of a title', () => {
  const destinationOf = (titleVersion: number) => {
    const { Settings, UserMetadata } = createJobInput({ ...smallest, titleVersion });
    const [{ OutputGroupSettings: group } = expect.fail('no output group')] = Settings?.OutputGroups ?? [];
    return [group?.HlsGroupSettings?.Destination, UserMetadata];
  };

  it('goes into a folder of its own below the title’s, and its events say which it is', () => {
    expect(destinationOf(1)).toEqual(['s3://outputs/books/42/index', { book_id: '42' }]);
    expect(destinationOf(12)).toEqual([
      's3://outputs/books/42/v12/index',
      { book_id: '42', title_version: '12' },
    ]);
    expect(createJobInput({ ...smallest, titleVersion: 1 })).toEqual(createJobInput(smallest));
  });

  it.each([0, -1, 1.5, 10_000, Number.NaN])('is refused as number %d', (titleVersion) => {
    expect(() => createJobInput({ ...smallest, titleVersion })).toThrow(
      '"titleVersion": expected a whole number from 1 to 9999',
    );
  });
});
