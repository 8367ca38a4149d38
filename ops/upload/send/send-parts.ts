/** Sends what is missing of an upload, several parts at once, together with anyone else who sends to it. */
import { bytesOf, missingParts, type Part } from '../parts.ts';
import type { MasterFile } from './master-file.ts';
import { Retries } from './patience.ts';
import type { Progress } from './progress.ts';
import { type Asking, hasPart, keptParts, type MasterPlace } from './s3-upload.ts';
import type { SendEvent } from './send-event.ts';
import { sendPart } from './send-part.ts';

export interface SendPartsOptions extends Asking {
  readonly place: MasterPlace;
  readonly uploadId: string;
  /** All of the file. */
  readonly parts: readonly Part[];
  readonly missing: readonly Part[];
  /** Begin with the last one: another process may be sending from the first. */
  readonly isJoined: boolean;
  readonly file: MasterFile;
  readonly partsAtOnce: number;
  readonly stallSeconds: number;
  readonly tell: (event: SendEvent) => void;
  readonly progress: Progress;
  /** Bytes of a part that S3 has now, from here. */
  readonly onSent: (bytes: number) => void;
}

/** Between two looks whether another process sends as well: one small request. */
const LOOK_AGAIN_MS = 1000;

/**
 * Ends when S3 has all parts.
 *
 * @throws UploadRefused, SendFailed, S3's NoSuchUpload, what does not pass by itself; when all parts in flight have ended
 */
export async function sendParts(options: SendPartsOptions): Promise<void> {
  const { patience, missing, isJoined, partsAtOnce } = options;
  const failing = new AbortController();
  const signal = AbortSignal.any([patience.signal, failing.signal]);
  const own = { ...options, patience: { ...patience, signal } };
  let waiting = isJoined ? missing.toReversed() : [...missing];
  let lookedAt = performance.now();

  const dropSentByOthers = async (next: Part) => {
    lookedAt = performance.now();
    if (!(await hasPart(own.place, own.uploadId, next.number, own))) return;
    const { parts } = await keptParts(own.place, own.uploadId, own);
    const stillMissing = new Set(missingParts(own.parts, parts).map(({ number }) => number));
    const there = waiting.filter(({ number }) => !stillMissing.has(number));
    waiting = waiting.filter(({ number }) => stillMissing.has(number));
    options.progress.found(bytesOf(there));
  };
  const work = async () => {
    for (;;) {
      if (waiting[0] !== undefined && performance.now() - lookedAt > LOOK_AGAIN_MS)
        await dropSentByOthers(waiting[0]);
      const part = waiting.shift();
      if (part === undefined) return;
      await sendUntilKept(own, part);
      options.onSent(part.bytes);
    }
  };
  const workers = Array.from({ length: Math.min(partsAtOnce, missing.length) }, () =>
    work().catch((error: unknown) => failing.abort(error)),
  );
  await Promise.allSettled(workers);
  patience.signal.throwIfAborted();
  // Of several failures the first: it made the others.
  failing.signal.throwIfAborted();
}

async function sendUntilKept(
  { s3, place, uploadId, file, patience, stallSeconds, tell, progress }: SendPartsOptions,
  part: Part,
): Promise<void> {
  const { signal } = patience;
  const retries = new Retries(patience);
  for (;;) {
    let moved = 0;
    const counted = (bytes: number) => {
      moved += bytes;
      progress.add(bytes);
    };
    try {
      await sendPart(s3, { place, uploadId, part, file, signal, stallSeconds, onBytes: counted });
      return;
    } catch (error) {
      progress.add(-moved);
      const trouble = await retries.after(error);
      if (trouble.kind === 'damaged') await file.requireSamePart(part, signal);
      tell({ event: 'part-resent', partNumber: part.number, why: trouble.why });
    }
  }
}
