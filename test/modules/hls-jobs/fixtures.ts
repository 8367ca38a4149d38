/** One book, asked for with as little as possible and with everything there is. */
import type { CreateJobOptions } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';

export const smallest: CreateJobOptions = {
  bookId: '42',
  masterUri: 's3://masters/uploads/42/master',
  outputsBucket: 'outputs',
  queueArn: 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/storytime-test',
  roleArn: 'arn:aws:iam::123456789012:role/storytime-test-mediaconvert',
  ladder: [
    { shortSidePixels: 360, maxBitrateBps: 365_000 },
    { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
    { shortSidePixels: 1080, maxBitrateBps: 6_000_000 },
  ],
  segmentSeconds: 6,
  source: { width: 1280, height: 720, hasAudio: true },
};

export const everything: CreateJobOptions = {
  ...smallest,
  packaging: 'cmaf',
  iFramePlaylists: true,
  captions: [
    { languageCode: 'ENG', label: 'English', input: 's3://masters/uploads/42/en.srt' },
    { languageCode: 'ENG', label: 'English (SDH)', input: 's3://masters/uploads/42/en-sdh.vtt' },
    { languageCode: 'DEU', label: 'Deutsch', input: 's3://masters/uploads/42/de.TTML' },
  ],
  masterVersion: 'L4kqtJlcpXroDTDmpUMLUo',
  userMetadata: { library: 'children/picture books' },
  tags: { 'cost-centre': 'video' },
  priority: -5,
  hop: {
    queueArn: 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/overflow',
    afterMinutes: 15,
    priority: 10,
  },
  statusUpdateSeconds: 300,
  jobTemplateName: 'storytime-test-hls',
};

/** A file of each kind, and a channel of the master. */
export const withCaptions: CreateJobOptions = {
  ...smallest,
  captions: [
    { languageCode: 'ENG', label: 'English', channel: 1 },
    { languageCode: 'SPA', label: 'Español', channel: 3 },
    ...['srt', 'vtt', 'ttml', 'xml', 'scc', 'stl', 'smi'].map((ending) => ({
      languageCode: 'DEU' as const,
      label: `Deutsch (${ending})`,
      input: `s3://masters/uploads/42/de.${ending}`,
    })),
  ],
};

/** A key that is marked as one of no title. */
export const encrypted: CreateJobOptions = {
  ...smallest,
  iFramePlaylists: true,
  encryption: {
    key: Buffer.from('dummy key, 16 b.'),
    keyUrl: 'https://api.example.com/api/video-keys/42?v=1',
  },
};

/** Two languages and 5.1 of each. */
export const withAudioTracks: CreateJobOptions = {
  ...smallest,
  ladder: smallest.ladder.slice(0, 1),
  audioTracks: [
    { track: 2, languageCode: 'DEU', label: 'Deutsch' },
    { track: 1, languageCode: 'ENG', label: 'English' },
    { track: 3, languageCode: 'ENG', label: 'Commentary' },
  ],
  surround: 'ac3',
};

/** What phones and broadcasters ask for, with sound in every rendition. */
export const withLevels: CreateJobOptions = {
  ...smallest,
  ladder: [
    { shortSidePixels: 360, maxBitrateBps: 365_000, audioBitrateBps: 64_000 },
    { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
    { shortSidePixels: 1080, maxBitrateBps: 6_000_000, audioBitrateBps: 192_000 },
  ],
  source: { width: 1920, height: 1080, hasAudio: true },
  loudnessLufs: -23,
  programDateTime: '2026-12-01',
  minFinalSegmentSeconds: 1.5,
  acceleration: 'preferred',
};

/** The same with sound of its own, in stereo and 5.1. */
export const withSurroundLevels: CreateJobOptions = {
  ...withAudioTracks,
  packaging: 'cmaf',
  loudnessLufs: -16.5,
  minFinalSegmentSeconds: 2,
  acceleration: 'disabled',
};

/** One rung of a master that was measured as this. */
const withPicture = (source: Partial<CreateJobOptions['source']>): CreateJobOptions => ({
  ...smallest,
  ladder: smallest.ladder.slice(0, 1),
  source: { ...smallest.source, ...source },
});

/** What most masters are: nothing is to be done to the picture. */
export const plainPicture = withPicture({ framesPerSecond: 25, scan: 'progressive', color: 'bt709' });
/** As phones record it. */
export const hdrPicture = withPicture({ framesPerSecond: 30, scan: 'progressive', color: 'other' });
export const interlacedPicture = withPicture({
  framesPerSecond: 30000 / 1001,
  scan: 'interlaced',
  color: 'bt709',
});
/** Slow motion by the clock of NTSC. */
export const fastPicture = withPicture({
  framesPerSecond: 120000 / 1001,
  scan: 'progressive',
  color: 'bt709',
});
