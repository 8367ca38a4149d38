/** The poster of a title that goes off the air, kept beside its master, and put back for its next version. */
import { CopyObjectCommand } from '@aws-sdk/client-s3';
import type { Title } from '../library/title.ts';
import { copySourceOf, type ObjectPlace } from './archive.ts';
import type { TakeDownContext } from './context.ts';
import type { TitlesMaster } from './master.ts';

type PosterContext = Pick<TakeDownContext, 's3' | 'outputs' | 'signal'>;

/** Nothing where there is none any more: an earlier run has kept it. */
export async function keepPoster(
  context: PosterContext,
  { id, posterPath }: Title,
  { key }: Pick<TitlesMaster, 'key'>,
): Promise<void> {
  const { hls_outputs_bucket_name: streams, master_uploads_bucket_name: masters } = context.outputs;
  if (posterPath === null) return;
  await copy(context, { bucket: streams, key: posterPath }, { bucket: masters, key: keptPoster(key, id) });
}

/** @returns false where no poster is known */
export async function putPosterBack(
  context: PosterContext,
  { id, posterPath, state }: Title,
  { key, to }: { readonly key: string; readonly to: string },
): Promise<boolean> {
  const { hls_outputs_bucket_name: streams, master_uploads_bucket_name: masters } = context.outputs;
  const target = { bucket: streams, key: to };
  if (state === 'live') {
    return posterPath !== null && copy(context, { bucket: streams, key: posterPath }, target);
  }
  return copy(context, { bucket: masters, key: keptPoster(key, id) }, target);
}

/** Of each title its own: several may be made of one master. */
function keptPoster(masterKey: string, id: string): string {
  return `${masterKey}/posters/${id}.jpg`;
}

/** Whether there was something to copy. */
async function copy({ s3, signal }: PosterContext, from: ObjectPlace, to: ObjectPlace): Promise<boolean> {
  const CopySource = copySourceOf(from);
  try {
    await s3.send(
      new CopyObjectCommand({ Bucket: to.bucket, Key: to.key, CopySource, TaggingDirective: 'REPLACE' }),
      { abortSignal: signal },
    );
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return false;
    throw error;
  }
}
