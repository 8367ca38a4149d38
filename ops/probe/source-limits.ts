/**
 * What a master may ask of the machine that opens it, whatever its container says. A file of a few kilobytes can state
 * thirty days, a picture of a gigabyte, or ten thousand streams. Pure.
 */

/**
 * Pixels of a picture, and of its longer side: what MediaConvert can write at the most (HEVC).
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/supported-output-resolution-maximums-by-codec.html
 */
export const MOST_PIXELS = 8192 * 4320;
export const LONGEST_SIDE_PIXELS = 8192;

/** Tracks, subtitles and attachments together; films have some dozens, with their fonts. */
export const MOST_STREAMS = 100;

/** Phones record slow motion with 240. */
export const MOST_PICTURES_PER_SECOND = 300;

/** Of all streams together: a cinema camera's 24 tracks of sound need some 1100. */
export const MOST_PACKETS_PER_SECOND = 2000;

/** One block of memory. An MP4's index of four hours takes some 30 MB, the largest picture with deep colour 212 MB. */
const MOST_BYTES_AT_ONCE = 512 * 1024 * 1024;

/**
 * Input options of ffmpeg and ffprobe alike for everything that opens a file somebody else made.
 *
 * Containers of one file only, and no other protocol: without that, a "video" that is really a playlist makes ffmpeg fetch
 * what it names. `max_pixels` holds for every picture that is decoded, whatever the container says of the first.
 */
export const UNTRUSTED_INPUT_OPTIONS: readonly string[] = [
  ...['-max_alloc', String(MOST_BYTES_AT_ONCE)],
  ...['-protocol_whitelist', 'file'],
  ...['-format_whitelist', 'mov,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mxf,mp3,wav,aac,flac'],
  ...['-max_streams', String(MOST_STREAMS)],
  ...['-max_pixels', String(MOST_PIXELS)],
];
