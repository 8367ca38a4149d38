/** Records of titles that are in the outputs bucket, made before there was a catalogue or beside it. */
import { HeadObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { isBookId } from '../library/book-id.ts';
import { claimSchema, idHolderSchema } from '../library/claim.ts';
import type { LibraryOutputs } from '../library/outputs.ts';
import {
  idKey,
  playlistPath,
  posterPath,
  TITLES_PREFIX,
  titleKey,
  versionFolder,
} from '../library/places.ts';
import { readStream } from '../library/read-stream.ts';
import type { RecordStore } from '../library/record-store.ts';
import type { Title } from '../library/title.ts';

export interface AdoptionContext {
  readonly config: EnvironmentConfig;
  readonly outputs: LibraryOutputs;
  readonly s3: S3Client;
  /** In the masters bucket. */
  readonly records: RecordStore;
  readonly signal: AbortSignal;
}

export interface Adoption {
  readonly adoptable: readonly Title[];
  readonly skipped: readonly { readonly folder: string; readonly why: string }[];
  /** Titles that have a record. */
  readonly recordedCount: number;
}

/** Every `<pathPrefix>/<id>/index.m3u8` without a record, as the record that it would get. Writes nothing. */
export async function planAdoption(context: AdoptionContext): Promise<Adoption> {
  const recordedKeys = new Set((await context.records.list(TITLES_PREFIX)).map(({ key }) => key));
  const adoptable: Title[] = [];
  const skipped: { folder: string; why: string }[] = [];
  let recordedCount = 0;
  for await (const id of foldersOf(context)) {
    if (recordedKeys.has(titleKey(id))) {
      recordedCount += 1;
      continue;
    }
    const found = await lookAt(context, id);
    if (typeof found !== 'string') adoptable.push(found);
    else skipped.push({ folder: versionFolder(context.config.pathPrefix, id, 1), why: found });
  }
  return { adoptable, skipped, recordedCount };
}

/** How many were written; one that somebody else wrote meanwhile stays as it is. */
export async function adoptTitles(
  records: Pick<RecordStore, 'create'>,
  titles: readonly Title[],
): Promise<number> {
  let written = 0;
  for (const title of titles) {
    if ((await records.create(titleKey(title.id), title)) !== 'conflict') written += 1;
  }
  return written;
}

async function* foldersOf({ config, outputs, s3, signal }: AdoptionContext): AsyncGenerator<string> {
  const Prefix = `${config.pathPrefix}/`;
  const pages = paginateListObjectsV2(
    { client: s3 },
    { Bucket: outputs.hls_outputs_bucket_name, Prefix, Delimiter: '/' },
    { abortSignal: signal },
  );
  for await (const { CommonPrefixes: folders = [] } of pages) {
    for (const { Prefix: folder = '' } of folders) yield folder.slice(Prefix.length, -1);
  }
}

/** The record, or why there can be none. */
async function lookAt(context: AdoptionContext, id: string): Promise<Title | string> {
  const { config, outputs, s3, signal } = context;
  const { pathPrefix, uploadKeyPrefix } = config;
  const streams = outputs.hls_outputs_bucket_name;
  if (!isBookId(id)) return 'its name cannot be the id of a title';
  const path = playlistPath(pathPrefix, id, 1);
  const modifiedAt = await modifiedOf(context, { Bucket: streams, Key: path });
  if (modifiedAt === null) return 'it has no index.m3u8';
  if (await isBeingUploaded(context, id)) {
    return 'an upload is making this title; run it again to finish it';
  }
  const stream = await readStream(s3, { bucket: streams, playlistPath: path }, signal);
  const poster = posterPath(pathPrefix, id, 1);
  const master = { Bucket: outputs.master_uploads_bucket_name, Key: `${uploadKeyPrefix}${id}/master` };
  const hasPoster = (await modifiedOf(context, { Bucket: streams, Key: poster })) !== null;
  const hasMaster = (await modifiedOf(context, master)) !== null;
  return {
    schemaVersion: 1,
    id,
    title: id,
    version: 1,
    state: 'live',
    playlistPath: path,
    durationSeconds: stream?.durationSeconds ?? null,
    renditions: stream?.renditions ?? [],
    captions: stream?.captions ?? [],
    posterPath: hasPoster ? poster : null,
    storyboardPath: null,
    ...(hasMaster && { masterKey: master.Key }),
    createdAt: modifiedAt.toISOString(),
  };
}

/** Between the end of a job and its record: the upload knows what people call the title. */
async function isBeingUploaded({ records }: AdoptionContext, id: string): Promise<boolean> {
  const holder = await records.read(idKey(id), idHolderSchema);
  const claim = holder && (await records.read(holder.record.claim, claimSchema));
  return claim?.record.titleId === id;
}

/** Null for an object that is missing. */
async function modifiedOf(
  { s3, signal }: AdoptionContext,
  place: { readonly Bucket: string; readonly Key: string },
): Promise<Date | null> {
  try {
    const head = await s3.send(new HeadObjectCommand(place), { abortSignal: signal });
    return head.LastModified ?? new Date(0);
  } catch (error) {
    if (error instanceof Error && error.name === 'NotFound') return null;
    throw error;
  }
}
