/** Every packet of a file, without decoding: how long it really is, and how many pictures there are. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { noPictures, type PictureTimes, withPicture } from './frame-rate.ts';
import {
  MOST_PACKETS_PER_SECOND,
  MOST_PICTURES_PER_SECOND,
  UNTRUSTED_INPUT_OPTIONS,
} from './source-limits.ts';

export interface PacketLimits {
  readonly longestSeconds: number;
  /** Index of the picture among the file's streams. */
  readonly pictureIndex: number;
  /** Pictures a second that the header states, the likeliest first. */
  readonly statedRates: readonly (number | null)[];
  /** Hears of every packet's size. @default - nobody does */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Where a file's packets lie in time. */
export interface PacketTally {
  /** When the first one begins, of any stream; null when there is none. */
  readonly startSeconds: number | null;
  /** When the last one ends. */
  readonly endSeconds: number | null;
  readonly pictures: number;
  readonly times: PictureTimes;
}

/** The file asks for more than it may; reading ended there. */
export type PacketExcess =
  | { readonly excess: 'LENGTH'; readonly spanSeconds: number }
  | { readonly excess: 'PACKETS'; readonly packets: number }
  | { readonly excess: 'PICTURES'; readonly picturesPerSecond: number };

/** Rounding, and sound that begins a little before the picture. */
const TOLERANCE_SECONDS = 1;

/**
 * Reads the timestamps of all packets, since the stated duration may be missing or a lie and they may lie in any order.
 * Memory does not grow with the file, and reading ends with the packet that is too much.
 *
 * @returns null where ffprobe could not read to the end
 * @throws the signal's reason when aborted; Error with code ENOENT without ffprobe
 */
export async function tallyPackets(
  path: string,
  limits: PacketLimits & { readonly signal: AbortSignal },
): Promise<PacketTally | PacketExcess | null> {
  const entries = ['-show_entries', 'packet=stream_index,pts_time,dts_time,duration_time,size'];
  const ffprobe = spawn(
    'ffprobe',
    [
      '-v',
      'quiet',
      ...UNTRUSTED_INPUT_OPTIONS,
      ...entries,
      '-of',
      'csv=print_section=0',
      '-i',
      `file:${path}`,
    ],
    { stdio: ['ignore', 'pipe', 'ignore'], signal: limits.signal, killSignal: 'SIGKILL' },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    ffprobe.once('error', reject).once('close', resolve);
  });
  // It is looked at below; until then nobody listens.
  ended.catch(() => undefined);
  let tally: PacketTally = {
    ...{ startSeconds: null, endSeconds: null, pictures: 0 },
    times: noPictures(limits.statedRates),
  };
  let packets = 0;
  try {
    for await (const line of createInterface(ffprobe.stdout)) {
      const packet = parsePacket(line);
      if (packet === null) continue;
      packets += 1;
      limits.onBytes?.(packet.bytes);
      tally = add(tally, packet, limits.pictureIndex);
      const excess = excessOf(tally, packets, limits);
      if (excess !== null) return excess;
    }
  } finally {
    ffprobe.kill('SIGKILL');
  }
  if ((await ended) !== 0) return null;
  return excessOfPictures(tally) ?? tally;
}

interface Packet {
  readonly streamIndex: number;
  /** Undefined where the container does not say. */
  readonly startSeconds: number | undefined;
  readonly durationSeconds: number;
  readonly bytes: number;
}

/** A line of ffprobe's CSV; null for the blank ones that it puts behind a packet with side data. */
function parsePacket(line: string): Packet | null {
  if (!/^\d/.test(line)) return null;
  const [streamIndex = 0, pts, dts, duration = 0, size = 0] = line.split(',').map(Number.parseFloat);
  return {
    streamIndex,
    startSeconds: [pts, dts].find((time) => Number.isFinite(time)),
    durationSeconds: Number.isFinite(duration) ? Math.max(0, duration) : 0,
    bytes: Number.isFinite(size) ? size : 0,
  };
}

function add(tally: PacketTally, packet: Packet, pictureIndex: number): PacketTally {
  const isPicture = packet.streamIndex === pictureIndex;
  const pictures = tally.pictures + (isPicture ? 1 : 0);
  if (packet.startSeconds === undefined) return { ...tally, pictures };
  const endSeconds = packet.startSeconds + packet.durationSeconds;
  return {
    startSeconds: Math.min(tally.startSeconds ?? packet.startSeconds, packet.startSeconds),
    endSeconds: Math.max(tally.endSeconds ?? endSeconds, endSeconds),
    pictures,
    times: isPicture ? withPicture(tally.times, packet.startSeconds) : tally.times,
  };
}

/** From the first packet's begin to the last one's end. */
export function spanOf({ startSeconds, endSeconds }: PacketTally): number {
  return (endSeconds ?? 0) - (startSeconds ?? 0);
}

function excessOf(
  tally: PacketTally,
  packets: number,
  { longestSeconds }: PacketLimits,
): PacketExcess | null {
  const most = longestSeconds + TOLERANCE_SECONDS;
  const spanSeconds = spanOf(tally);
  if (spanSeconds > most) return { excess: 'LENGTH', spanSeconds };
  if (packets > MOST_PACKETS_PER_SECOND * most) return { excess: 'PACKETS', packets };
  return null;
}

/** Over the file's own length; one that is shorter than a second counts as a second. */
function excessOfPictures(tally: PacketTally): PacketExcess | null {
  const picturesPerSecond = tally.pictures / Math.max(1, spanOf(tally));
  return picturesPerSecond > MOST_PICTURES_PER_SECOND ? { excess: 'PICTURES', picturesPerSecond } : null;
}
