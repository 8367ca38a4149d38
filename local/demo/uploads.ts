/**
 * How the demo's backend takes in masters: the plan of an upload, an address for each part, and the end of it. The parts go
 * from the browser straight to S3. What S3 has is the only memory, so that an upload continues after a reload of the
 * page, from another browser, or by `npm run upload` with the same file.
 */

import { randomUUID } from 'node:crypto';
import { masterKey } from '../../ops/library/places.ts';
import { recordStore } from '../../ops/library/record-store.ts';
import type { Title } from '../../ops/library/title.ts';
import { bytesOf, missingParts, type Part } from '../../ops/upload/parts.ts';
import { hashesOf, type LibraryContext } from '../../ops/upload/publish/publish-title.ts';
import { findTitle } from '../../ops/upload/publish/publish-work.ts';
import { presignPart } from '../../ops/upload/send/presign-part.ts';
import {
  type Asking,
  dropUpload,
  keptParts,
  type MasterPlace,
  presentObject,
} from '../../ops/upload/send/s3-upload.ts';
import { chooseUpload, completeWhole, requireSame } from '../../ops/upload/send/shared-upload.ts';
import { statusOf, troubleOf } from '../../ops/upload/send/trouble.ts';
import { createPublications, type Publication, type PublicationState } from './publications.ts';
import type { MasterToSend, UploadRules } from './upload-plan.ts';

/** One file that one user's page sends. The page knows its `id` alone, which means nothing to S3. */
export interface PageUpload {
  readonly id: string;
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly crc32: number;
  /** All, in order. */
  readonly parts: readonly Part[];
  /** S3's; null where the master was there. */
  readonly uploadId: string | null;
  /** Null until every part is there. */
  publication: Publication | null;
}

interface UploadPlan {
  readonly upload: PageUpload;
  /** Numbers of the parts that S3 does not have. */
  readonly missing: readonly number[];
  /** Of the file are at S3. */
  readonly presentBytes: number;
  /** When the bucket's rule ends the upload; null where it has no such rule. */
  readonly endsAt: Date | null;
}

export interface Uploads {
  readonly rules: UploadRules;
  /** @throws PublishFailed `WITHDRAWN`; SendFailed; what AWS answers */
  plan(master: MasterToSend, parts: readonly Part[]): Promise<UploadPlan | { readonly title: Title }>;
  /** Where the browser PUTs this part; null where there is nothing to send. */
  addressOf(upload: PageUpload, part: Part): Promise<string | null>;
  /** Makes the master of its parts and begins to publish it. `incomplete`: it is to be planned anew. */
  complete(upload: PageUpload): Promise<'publishing' | 'incomplete'>;
  stateOf(upload: PageUpload): PublicationState | { readonly status: 'sending' };
  /** Once nothing is being published. */
  ended(): Promise<void>;
}

/** A page that waits shows nothing; it asks again by itself. */
const PATIENCE_SECONDS = 10;
/** Each finds a title, a master or an upload, unless somebody else ends it at that very moment. */
const MOST_LOOKS = 3;

export function createUploads(library: Omit<LibraryContext, 'tell'>): Uploads {
  const { config, outputs, s3, signal } = library;
  const asking: Asking = { s3, patience: { signal, seconds: PATIENCE_SECONDS } };
  const records = recordStore({ s3, bucket: outputs.master_uploads_bucket_name, signal });
  const publications = createPublications(library);
  const placeOf = ({ sha256 }: Pick<MasterToSend, 'sha256'>): MasterPlace => ({
    bucket: outputs.master_uploads_bucket_name,
    key: masterKey(config.uploadKeyPrefix, sha256),
  });

  return {
    rules: config,

    async plan(master, parts) {
      for (let looks = 1; ; looks += 1) {
        try {
          return await planOnce(master, parts);
        } catch (error) {
          // Somebody else has completed or ended the upload between two looks at it.
          if (troubleOf(error).kind !== 'upload-gone' || looks === MOST_LOOKS) throw error;
        }
      }
    },

    async addressOf(upload, part) {
      const { uploadId } = upload;
      if (uploadId === null) return null;
      return presignPart(s3, placeOf(upload), { uploadId, part, expiresIn: config.uploadExpirySeconds });
    },

    async complete(upload) {
      if (!(await isMade(placeOf(upload), upload, asking))) return 'incomplete';
      upload.publication ??= publications.start(upload);
      return 'publishing';
    },

    stateOf: ({ publication }) => publication?.state ?? { status: 'sending' },
    ended: () => publications.ended(),
  };

  async function planOnce(master: MasterToSend, parts: readonly Part[]): ReturnType<Uploads['plan']> {
    const { name, sha256, bytes, crc32, contentType } = master;
    const title = await findTitle({ records }, hashesOf(config, { sha256, captions: [] }));
    if (title !== null) return { title };
    const place = placeOf(master);
    const upload = { id: randomUUID(), name, sha256, bytes, crc32, parts, publication: null };
    const present = await presentObject(place, asking);
    if (present !== null) {
      requireSame(present, master, place);
      return { upload: { ...upload, uploadId: null }, missing: [], presentBytes: bytes, endsAt: null };
    }
    const { id: uploadId } = await chooseUpload({ ...place, contentType }, asking);
    const kept = await keptParts(place, uploadId, asking);
    const missing = missingParts(parts, kept.parts);
    return {
      upload: { ...upload, uploadId },
      missing: missing.map(({ number }) => number),
      presentBytes: bytes - bytesOf(missing),
      endsAt: kept.endsAt,
    };
  }
}

/** Whether the master is there now, made here or by somebody else. */
async function isMade(place: MasterPlace, upload: PageUpload, asking: Asking): Promise<boolean> {
  const { uploadId } = upload;
  try {
    if (uploadId !== null && (await completeWhole(place, uploadId, upload, asking))) return true;
  } catch (error) {
    // 412: another one was faster. What is left of this upload would cost until the bucket's rule ends it.
    if (statusOf(error) === 412 && uploadId !== null) await dropUpload(place, uploadId, asking);
    else if (!isAboutOthers(error)) throw error;
  }
  const present = await presentObject(place, asking);
  if (present !== null) requireSame(present, upload, place);
  return present !== null;
}

/** Somebody else completes or has ended the upload, or replaced a part by its equal. */
function isAboutOthers(error: unknown): boolean {
  const isReplaced = error instanceof Error && error.name === 'InvalidPart';
  return isReplaced || statusOf(error) === 409 || troubleOf(error).kind === 'upload-gone';
}
