/**
 * Playlists of I-frames: where in the finished segments they lie, as byte ranges. Pure.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8216#section-4.3.3.6
 */

/** One I-frame in its segment. */
export interface IFrame {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  /** Until the next one, or the end of the segment. */
  readonly seconds: number;
}

export interface FinishedSegment {
  readonly name: string;
  readonly seconds: number;
  readonly content: Buffer;
  /** @default - it is as ffmpeg wrote it */
  readonly seam?: Seam;
}

/** Where a segment was joined of two: what the first of them was. */
export interface Seam {
  readonly bytes: number;
  readonly seconds: number;
}

/** Playlist of these I-frames; `initName` is the file that fragmented MP4 begins with. */
export function renderIFramePlaylist(iFrames: readonly IFrame[], initName?: string): string {
  const target = Math.ceil(Math.max(1, ...iFrames.map(({ seconds }) => seconds)));
  const lines = iFrames.flatMap(({ segment, offset, bytes, seconds }) => [
    `#EXTINF:${seconds.toFixed(6)},`,
    `#EXT-X-BYTERANGE:${bytes}@${offset}`,
    segment,
  ]);
  return `${[
    '#EXTM3U',
    // Byte ranges ask for 4; fragmented MP4 has 7 as in its other playlists.
    `#EXT-X-VERSION:${initName === undefined ? 4 : 7}`,
    `#EXT-X-TARGETDURATION:${target}`,
    '#EXT-X-MEDIA-SEQUENCE:1',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    '#EXT-X-I-FRAMES-ONLY',
    ...(initName === undefined ? [] : [`#EXT-X-MAP:URI="${initName}"`]),
    ...lines,
    '#EXT-X-ENDLIST',
  ].join('\n')}\n`;
}

/** The heaviest I-frame for the time that it stands, in bits per second. */
export function peakOfIFrames(iFrames: readonly IFrame[]): number {
  return Math.ceil(
    Math.max(0, ...iFrames.map(({ bytes, seconds }) => (8 * bytes) / Math.max(seconds, 0.001))),
  );
}

const PACKET_BYTES = 188;
const CLOCK_HZ = 90_000;

/**
 * I-frames of an MPEG-TS segment: each from the packet that is marked as a random access point to the next picture's first.
 * The segment's own tables (PAT, PMT) come before the first, which is where players look for them.
 *
 * @see ISO/IEC 13818-1, 2.4.3 for packets and their headers
 */
export function iFramesOfTs({ name, seconds, content }: FinishedSegment): IFrame[] {
  const pictures: { offset: number; isIFrame: boolean; ticks: number }[] = [];
  for (let offset = 0; offset + PACKET_BYTES <= content.length; offset += PACKET_BYTES) {
    const packet = content.subarray(offset, offset + PACKET_BYTES);
    const startsUnit = ((packet[1] ?? 0) & 0x40) !== 0;
    if (!startsUnit) continue;
    const hasAdaptation = ((packet[3] ?? 0) & 0x20) !== 0;
    const adaptationBytes = hasAdaptation ? (packet[4] ?? 0) + 1 : 0;
    const isRandomAccess = hasAdaptation && adaptationBytes > 1 && ((packet[5] ?? 0) & 0x40) !== 0;
    const pes = packet.subarray(4 + adaptationBytes);
    const isPicture = pes.length >= 14 && pes.readUIntBE(0, 3) === 1 && ((pes[3] ?? 0) & 0xf0) === 0xe0;
    if (isPicture) pictures.push({ offset, isIFrame: isRandomAccess, ticks: presentationTicks(pes) });
  }
  const start = pictures[0]?.ticks ?? 0;
  const iFrames = pictures.flatMap((picture, index) =>
    picture.isIFrame ? [{ ...picture, end: pictures[index + 1]?.offset ?? content.length }] : [],
  );
  return iFrames.map(({ offset, end, ticks }, index) => {
    const next = iFrames[index + 1]?.ticks;
    const until = next === undefined ? seconds : (next - start) / CLOCK_HZ;
    return { segment: name, offset, bytes: end - offset, seconds: until - (ticks - start) / CLOCK_HZ };
  });
}

/** The 33 bits of a PES header's PTS, spread over five bytes. */
function presentationTicks(pes: Buffer): number {
  const byte = (index: number) => pes[index] ?? 0;
  return (
    ((byte(9) >> 1) & 7) * 2 ** 30 +
    (byte(10) << 22) +
    ((byte(11) >> 1) << 15) +
    (byte(12) << 7) +
    (byte(13) >> 1)
  );
}

/**
 * The I-frame that a fragmented MP4 segment begins with, and that of the other one that was joined to it.
 *
 * @throws Error when either is not one `moof` followed by one `mdat`
 */
export function iFramesOfFragments({ seam, ...whole }: FinishedSegment): IFrame[] {
  if (seam === undefined) return [iFrameOfFragment(whole)];
  const [first, second] = [whole.content.subarray(0, seam.bytes), whole.content.subarray(seam.bytes)];
  const last = iFrameOfFragment({ ...whole, seconds: whole.seconds - seam.seconds, content: second });
  return [
    iFrameOfFragment({ ...whole, seconds: seam.seconds, content: first }),
    { ...last, offset: last.offset + seam.bytes },
  ];
}

/**
 * Its `moof` and the first sample of its `mdat`. ffmpeg writes one fragment as one segment, so there is no other I-frame
 * in it that could be fetched by itself.
 *
 * @see ISO/IEC 14496-12, 8.8 for the boxes
 */
function iFrameOfFragment({ name, seconds, content }: FinishedSegment): IFrame {
  const top = boxesOf(content, 0, content.length);
  const moof = top.find(({ type }) => type === 'moof');
  const mdat = top.find(({ type }) => type === 'mdat');
  const traf = moof && boxesOf(content, moof.start + 8, moof.end).find(({ type }) => type === 'traf');
  const inTraf = traf ? boxesOf(content, traf.start + 8, traf.end) : [];
  const trun = inTraf.find(({ type }) => type === 'trun');
  const tfhd = inTraf.find(({ type }) => type === 'tfhd');
  if (!moof || !mdat || !trun || !tfhd) throw new Error(`${name} is not one fragment of MP4`);
  const bytes = mdat.start + 8 + firstSampleBytes(content, trun.start, tfhd.start) - moof.start;
  return { segment: name, offset: moof.start, bytes, seconds };
}

function boxesOf(content: Buffer, from: number, to: number): { type: string; start: number; end: number }[] {
  const boxes = [];
  for (let start = from; start + 8 <= to; ) {
    const end = start + Math.max(8, content.readUInt32BE(start));
    boxes.push({ type: content.toString('latin1', start + 4, start + 8), start, end });
    start = end;
  }
  return boxes;
}

/** The run's own size for its first sample, else the fragment's default. */
function firstSampleBytes(content: Buffer, trun: number, tfhd: number): number {
  const flags = content.readUIntBE(trun + 9, 3);
  if (flags & 0x200) {
    let at = trun + 16;
    if (flags & 0x1) at += 4;
    if (flags & 0x4) at += 4;
    if (flags & 0x100) at += 4;
    return content.readUInt32BE(at);
  }
  const defaults = content.readUIntBE(tfhd + 9, 3);
  let at = tfhd + 16;
  if (defaults & 0x1) at += 8;
  if (defaults & 0x2) at += 4;
  if (defaults & 0x8) at += 4;
  return content.readUInt32BE(at);
}
