/**
 * A file becomes the object of its content at S3. What S3 has is the only memory: a run that was killed, another machine
 * with the same file and a second process at the same time all go on with the parts that are there.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { bytesOf, type CheckedPart, missingParts, numbered } from '../parts.ts';
import { MasterFile, type MasterOnDisk } from './master-file.ts';
import { PATIENCE_SECONDS } from './patience.ts';
import { createProgress } from './progress.ts';
import { type Asking, dropUpload, keptParts, type MasterPlace, presentObject } from './s3-upload.ts';
import type { SendEvent } from './send-event.ts';
import { SendFailed } from './send-failed.ts';
import { sendParts } from './send-parts.ts';
import { type ChosenUpload, chooseUpload, completeWhole, requireSame } from './shared-upload.ts';
import { statusOf, troubleOf } from './trouble.ts';

export interface MasterToSend extends MasterOnDisk {
  readonly contentType: string;
  /** Of the whole. */
  readonly crc32: number;
  /** All, in order. */
  readonly parts: readonly CheckedPart[];
}

export interface SendOptions {
  readonly signal: AbortSignal;
  /** Parts in flight, each with a connection of its own. */
  readonly partsAtOnce: number;
  readonly tell: (event: SendEvent) => void;
  /** Called with the upload that parts are sent to, before the first of them. */
  readonly onUpload?: (upload: { readonly id: string; readonly startedAt: string }) => Promise<void>;
  /**
   * The upload that an earlier run sent parts to.
   * @default - none is known
   */
  readonly earlier?: { readonly id: string; readonly startedAt: string } | null;
  /** How long S3 may be unreachable. @default 300 */
  readonly patienceSeconds?: number;
  /** How long a part may stay where it is. @default 60 */
  readonly stallSeconds?: number;
}

export interface SentMaster {
  /** Of parts that were sent from here. */
  readonly sentBytes: number;
  /** False where it was there, or another process completed it. */
  readonly isNew: boolean;
}

const STALL_SECONDS = 60;
const CONFLICT_PAUSE_MS = 1000;
/** Each look ends with an object, or finds an upload that was ended by others meanwhile. */
const MOST_LOOKS = 6;

/**
 * @throws UploadRefused FILE_CHANGED, MISSING or UNREADABLE; SendFailed; what S3 refuses for good; the signal's reason
 */
export async function sendMaster(
  s3: S3Client,
  place: MasterPlace,
  master: MasterToSend,
  options: SendOptions,
): Promise<SentMaster> {
  const { signal, patienceSeconds = PATIENCE_SECONDS } = options;
  const run: Run = {
    ...{ s3, place, master, options, patience: { signal, seconds: patienceSeconds } },
    file: await MasterFile.open(master),
    ended: new Set(),
    conflicted: new Set(),
    sentBytes: 0,
    toldOfEarlier: false,
  };
  try {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const end = await lookAndSend(run);
      if (end !== 'look-again') return { sentBytes: run.sentBytes, isNew: end === 'completed' };
    }
  } finally {
    await run.file.close();
  }
  throw new SendFailed(
    'UPLOAD_CONTESTED',
    `the upload of ${place.key} was ended ${MOST_LOOKS} times by others: see who else uploads this file, then run the same command again`,
  );
}

interface Run extends Asking {
  readonly place: MasterPlace;
  readonly master: MasterToSend;
  readonly options: SendOptions;
  readonly file: MasterFile;
  /** Uploads that nothing can be made of any more. */
  readonly ended: Set<string>;
  /** Uploads that could not be completed because another one was being completed. */
  readonly conflicted: Set<string>;
  sentBytes: number;
  toldOfEarlier: boolean;
}

async function lookAndSend(run: Run): Promise<'present' | 'completed' | 'look-again'> {
  const { place, master, options } = run;
  const present = await presentObject(place, run);
  if (present !== null) {
    requireSame(present, master, place);
    options.tell({ event: 'master-present', key: place.key });
    return 'present';
  }
  const upload = await uploadToSendTo(run);
  try {
    await sendMissing(run, upload);
    const parts = numbered(master.parts);
    if (!(await completeWhole(place, upload.id, { ...master, parts }, run))) return 'look-again';
  } catch (error) {
    if (troubleOf(error).kind === 'upload-gone') {
      run.ended.add(upload.id);
      return 'look-again';
    }
    // Another process was faster. What is left of this upload would cost until the bucket's rule ends it.
    if (statusOf(error) === 412) {
      await dropUpload(place, upload.id, run);
      run.ended.add(upload.id);
      return 'look-again';
    }
    // Another process replaced a part by its equal between our look and S3's.
    if (error instanceof Error && error.name === 'InvalidPart') return 'look-again';
    if (statusOf(error) === 409) {
      await afterConflict(run, upload.id);
      return 'look-again';
    }
    throw error;
  }
  options.tell({ event: 'sent', key: place.key, sentBytes: run.sentBytes });
  return 'completed';
}

async function uploadToSendTo(run: Run): Promise<ChosenUpload> {
  const { place, master, options, ended } = run;
  const onNone = () => {
    const { earlier } = options;
    if (!earlier || run.toldOfEarlier) return;
    run.toldOfEarlier = true;
    options.tell({ event: 'upload-expired', startedAt: earlier.startedAt });
  };
  const chosen = await chooseUpload({ ...place, contentType: master.contentType }, run, { ended, onNone });
  await options.onUpload?.({ id: chosen.id, startedAt: chosen.startedAt.toISOString() });
  return chosen;
}

async function sendMissing(run: Run, upload: ChosenUpload): Promise<void> {
  const { place, master, options, file } = run;
  const parts = numbered(master.parts);
  const { parts: kept, endsAt } = await keptParts(place, upload.id, run);
  const missing = missingParts(parts, kept);
  const { bytes } = master;
  const presentBytes = bytes - bytesOf(missing);
  const { key } = place;
  options.tell({ event: 'sending', key, bytes, presentBytes, endsAt: endsAt?.toISOString() ?? null });
  const progress = createProgress({
    ...{ bytes, presentBytes, now: () => performance.now() },
    tell: ({ doneBytes: sentBytes, ...measured }) =>
      options.tell({ event: 'progress', sentBytes, ...measured }),
  });
  await sendParts({
    ...{ s3: run.s3, patience: run.patience, place, uploadId: upload.id, parts, missing, file },
    isJoined: upload.isJoined,
    partsAtOnce: options.partsAtOnce,
    stallSeconds: options.stallSeconds ?? STALL_SECONDS,
    tell: options.tell,
    progress,
    onSent: (sent) => {
      run.sentBytes += sent;
    },
  });
  await file.requireUnchanged();
}

/**
 * Another process is completing an upload of this key. If that comes to nothing, and S3 says the same again, only a new
 * upload helps.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
async function afterConflict({ conflicted, ended, patience }: Run, uploadId: string): Promise<void> {
  if (conflicted.has(uploadId)) ended.add(uploadId);
  conflicted.add(uploadId);
  await sleep(CONFLICT_PAUSE_MS, undefined, { signal: patience.signal });
}
