/**
 * The HLS master playlist, from what the variants turned out to be rather than from what was asked for.
 * Pure. RFC 8216, section 4.3.4.2.
 */

/** A finished variant. */
export interface Variant {
  /** Its playlist, relative to the master. */
  readonly uri: string;
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** RFC 6381 names, such as `avc1.4d401f`, the audio group's included. */
  readonly codecs: readonly string[];
  /** With the audio group's, which is played along. */
  readonly bitrate: MeasuredBitrate;
  /** @default - sound is in the variant itself, or there is none */
  readonly audioGroup?: string;
  /** @default - no playlist of I-frames */
  readonly iFrames?: IFrameVariant;
}

/** A variant's I-frames alone, for scrubbing. */
export interface IFrameVariant {
  readonly uri: string;
  readonly codecs: readonly string[];
  readonly peakBps: number;
}

/** A finished rendition of sound alone. */
interface SoundRendition {
  readonly uri: string;
  readonly group: string;
  readonly name: string;
  /** ISO 639-2 in small letters; null where nobody said it. */
  readonly language: string | null;
  readonly channels: number;
  readonly isDefault: boolean;
  readonly isAutoSelected: boolean;
}

/** A finished rendition of captions. */
interface CaptionsRendition {
  readonly uri: string;
  readonly name: string;
  /** ISO 639-2 in small letters. */
  readonly language: string;
  readonly isDefault: boolean;
}

export interface MeasuredBitrate {
  /** The heaviest run of segments that lasts between half and one and a half target durations, in bits per second. */
  readonly peakBps: number;
  readonly averageBps: number;
  readonly durationSeconds: number;
}

/** What ffprobe says of one stream of a segment. */
export interface SegmentStream {
  readonly codec_name?: string;
  readonly profile?: string;
  readonly level?: number;
  /** Seconds, as a decimal number. */
  readonly start_time?: string;
}

/** GROUP-ID of captions. */
const CAPTIONS_GROUP = 'subs';

interface MasterOptions {
  readonly packaging?: 'TS' | 'CMAF';
  readonly sounds?: readonly SoundRendition[];
  readonly captions?: readonly CaptionsRendition[];
}

/**
 * The master playlist's text; variants in the order given, so put the one to start with first.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-7 for the versions
 */
export function renderMasterPlaylist(
  variants: readonly Variant[],
  { packaging = 'TS', sounds = [], captions = [] }: MasterOptions = {},
): string {
  const hasMoreThanVariants =
    sounds.length > 0 || captions.length > 0 || variants.some(({ iFrames }) => iFrames);
  const version = packaging === 'CMAF' ? 7 : hasMoreThanVariants ? 4 : 3;
  const lines = [
    '#EXTM3U',
    `#EXT-X-VERSION:${version}`,
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...sounds.map(soundLine),
    ...captions.map(captionsLine),
    ...variants.flatMap((variant) => [streamLine(variant, captions.length > 0), variant.uri]),
    ...variants.flatMap((variant) => (variant.iFrames ? [iFrameLine(variant, variant.iFrames)] : [])),
  ];
  return `${lines.join('\n')}\n`;
}

function streamLine(variant: Variant, hasCaptions: boolean): string {
  return `#EXT-X-STREAM-INF:${[
    `BANDWIDTH=${variant.bitrate.peakBps}`,
    `AVERAGE-BANDWIDTH=${variant.bitrate.averageBps}`,
    `CODECS="${variant.codecs.join(',')}"`,
    `RESOLUTION=${variant.width}x${variant.height}`,
    `FRAME-RATE=${variant.framesPerSecond.toFixed(3)}`,
    ...(variant.audioGroup === undefined ? [] : [`AUDIO="${variant.audioGroup}"`]),
    ...(hasCaptions ? [`SUBTITLES="${CAPTIONS_GROUP}"`] : []),
  ].join(',')}`;
}

const yesOrNo = (value: boolean) => (value ? 'YES' : 'NO');

function captionsLine({ name, language, isDefault, uri }: CaptionsRendition): string {
  return `#EXT-X-MEDIA:${[
    'TYPE=SUBTITLES',
    `GROUP-ID="${CAPTIONS_GROUP}"`,
    `NAME="${name}"`,
    `DEFAULT=${yesOrNo(isDefault)}`,
    'AUTOSELECT=YES',
    'FORCED=NO',
    `LANGUAGE="${language}"`,
    `URI="${uri}"`,
  ].join(',')}`;
}

function soundLine(sound: SoundRendition): string {
  return `#EXT-X-MEDIA:${[
    'TYPE=AUDIO',
    `GROUP-ID="${sound.group}"`,
    `NAME="${sound.name}"`,
    ...(sound.language === null ? [] : [`LANGUAGE="${sound.language}"`]),
    `DEFAULT=${yesOrNo(sound.isDefault)}`,
    `AUTOSELECT=${yesOrNo(sound.isAutoSelected)}`,
    `CHANNELS="${sound.channels}"`,
    `URI="${sound.uri}"`,
  ].join(',')}`;
}

function iFrameLine({ width, height }: Variant, iFrames: IFrameVariant): string {
  return `#EXT-X-I-FRAME-STREAM-INF:${[
    `BANDWIDTH=${iFrames.peakBps}`,
    `CODECS="${iFrames.codecs.join(',')}"`,
    `RESOLUTION=${width}x${height}`,
    `URI="${iFrames.uri}"`,
  ].join(',')}`;
}

/** The segments that a media playlist lists, in order. */
export function segmentsOf(playlist: string): { name: string; seconds: number }[] {
  const entries = playlist.matchAll(/^#EXTINF:([\d.]+),.*\n(?:#.*\n)*([^#\n]+)$/gm);
  return [...entries].map(([, seconds, name = '']) => ({ name, seconds: Number(seconds) }));
}

/** Bit rates of a media playlist whose segments have these sizes, in bytes by name. */
export function measureBitrate(playlist: string, segmentBytes: ReadonlyMap<string, number>): MeasuredBitrate {
  const segments = segmentsOf(playlist).map(({ name, seconds }) => ({
    seconds,
    bits: 8 * (segmentBytes.get(name) ?? 0),
  }));
  const targetSeconds = Number(/^#EXT-X-TARGETDURATION:(\d+)/m.exec(playlist)?.[1] ?? 0);
  const total = sum(segments);
  let peakBps = 0;
  for (let start = 0; start < segments.length; start++) {
    for (let end = start + 1; end <= segments.length; end++) {
      const run = sum(segments.slice(start, end));
      if (run.seconds > 1.5 * targetSeconds) break;
      if (run.seconds >= 0.5 * targetSeconds) peakBps = Math.max(peakBps, run.bits / run.seconds);
    }
  }
  const averageBps = total.seconds > 0 ? total.bits / total.seconds : 0;
  return {
    // A video shorter than half a target duration has no such run; then it is its own peak.
    peakBps: Math.ceil(Math.max(peakBps, averageBps)),
    averageBps: Math.ceil(averageBps),
    durationSeconds: total.seconds,
  };
}

/** RFC 6381 names for the streams of a segment, picture first. */
export function codecNames(streams: readonly SegmentStream[]): string[] {
  const picture = streams.find((stream) => stream.codec_name === 'h264');
  const sounds = streams.flatMap((stream) => SOUND_NAMES[stream.codec_name ?? ''] ?? []);
  return [...(picture ? [avcName(picture)] : []), ...sounds.slice(0, 1)];
}

/** Timestamp of the first picture, in seconds; 0 without one. */
export function pictureStart(streams: readonly SegmentStream[]): number {
  const seconds = Number(streams.find((stream) => stream.codec_name === 'h264')?.start_time ?? 0);
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

/** AAC-LC and AC-3. */
const SOUND_NAMES: Readonly<Record<string, string>> = { aac: 'mp4a.40.2', ac3: 'ac-3' };

/** Profile and constraint bytes as x264 writes them. */
const AVC_PROFILES: Readonly<Record<string, string>> = {
  'Constrained Baseline': '42c0',
  Baseline: '42c0',
  Main: '4d40',
  High: '6400',
};

function avcName(stream: SegmentStream): string {
  const profile = AVC_PROFILES[stream.profile ?? ''];
  if (!profile || !stream.level) {
    throw new TypeError(
      `"profile": expected one of ${Object.keys(AVC_PROFILES).join(', ')}, got ${stream.profile}`,
    );
  }
  return `avc1.${profile}${stream.level.toString(16).padStart(2, '0')}`;
}

function sum(segments: readonly { seconds: number; bits: number }[]): { seconds: number; bits: number } {
  return segments.reduce(
    (whole, segment) => ({ seconds: whole.seconds + segment.seconds, bits: whole.bits + segment.bits }),
    { seconds: 0, bits: 0 },
  );
}
