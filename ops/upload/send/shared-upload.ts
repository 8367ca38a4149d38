/**
 * The multipart upload of one master. The command, another machine and a browser may all send its parts: each of them finds
 * the same upload at S3, and any of them may complete it.
 */
import { checksumText, missingParts, type Part } from '../parts.ts';
import {
  type Asking,
  beginUpload,
  begunUploads,
  completeUpload,
  dropUpload,
  keptParts,
  type MasterPlace,
  type PresentObject,
} from './s3-upload.ts';
import { SendFailed } from './send-failed.ts';

export interface ChosenUpload {
  readonly id: string;
  readonly startedAt: Date;
  /** False for one that was begun here. */
  readonly isJoined: boolean;
}

export interface ChoosingOptions {
  /** Uploads that nothing can be made of any more. @default - none */
  readonly ended?: ReadonlySet<string>;
  /** Called before an upload is begun, since there is none. */
  readonly onNone?: () => void;
}

/** The oldest that can be gone on with; else a new one, unless another process began one at the same time. */
export async function chooseUpload(
  place: MasterPlace & { readonly contentType: string },
  asking: Asking,
  { ended = new Set(), onNone }: ChoosingOptions = {},
): Promise<ChosenUpload> {
  const usable = async () => (await begunUploads(place, asking)).filter(({ id }) => !ended.has(id));
  const [oldest] = await usable();
  if (oldest !== undefined) return { ...oldest, isJoined: true };
  onNone?.();
  const begun = await beginUpload(place, asking);
  const [chosen = { id: begun, startedAt: new Date() }] = await usable();
  if (chosen.id !== begun) await dropUpload(place, begun, asking);
  return { ...chosen, isJoined: chosen.id !== begun };
}

/** What is to be made of the parts. */
export interface WholeMaster {
  readonly bytes: number;
  /** Of the whole. */
  readonly crc32: number;
  /** All, in order. */
  readonly parts: readonly Part[];
}

/**
 * Of the parts as S3 lists them, since another process may have sent some of them again.
 *
 * @returns false where one is missing after all
 */
export async function completeWhole(
  place: MasterPlace,
  uploadId: string,
  { bytes, crc32, parts }: WholeMaster,
  asking: Asking,
): Promise<boolean> {
  const kept = await keptParts(place, uploadId, asking);
  if (missingParts(parts, kept.parts).length > 0) return false;
  const ours = kept.parts.filter(({ number }) => number <= parts.length);
  await completeUpload(place, uploadId, { parts: ours, bytes, crc32 }, asking);
  return true;
}

/** @throws SendFailed for an object that is not this content */
export function requireSame(
  { bytes, crc32 }: PresentObject,
  master: Pick<WholeMaster, 'bytes' | 'crc32'>,
  { bucket, key }: MasterPlace,
): void {
  if (bytes === master.bytes && (crc32 === undefined || crc32 === checksumText(master.crc32))) return;
  throw new SendFailed(
    'MASTER_DIFFERS',
    `s3://${bucket}/${key} is not the content that its name says: see in its versions who wrote it, delete it, then run the same command again`,
  );
}
