/** Every version of the objects below a prefix, listed and deleted. */
import { DeleteObjectsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { TakeDownFailed } from './failed.ts';

export interface ObjectsPlace {
  readonly bucket: string;
  /** All keys that begin with it. */
  readonly prefix: string;
  /** Of their versions, those that are meant. @default - all */
  readonly includes?: (version: Pick<ObjectVersion, 'Key' | 'isLatest'>) => boolean;
}

interface ObjectVersion {
  readonly Key: string;
  readonly VersionId: string;
  /** 0 for a delete marker. */
  readonly bytes: number;
  readonly isLatest: boolean;
}

/** What was counted: delete markers too, which hold no bytes. */
export interface Tally {
  readonly versions: number;
  readonly bytes: number;
}

/**
 * Pages of at most 1,000, the most that one request lists and one deletes. A bucket without versioning has one version of
 * each object, named `null`.
 */
async function* versionPages(
  s3: S3Client,
  { bucket, prefix, includes = () => true }: ObjectsPlace,
  signal: AbortSignal,
): AsyncGenerator<ObjectVersion[]> {
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | null = {};
  while (marker !== null) {
    const page: Awaited<ReturnType<typeof listPage>> = await listPage(s3, { bucket, prefix, marker }, signal);
    const { Versions = [], DeleteMarkers = [], IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
    const markers = DeleteMarkers.map((one) => ({ ...one, Size: 0 }));
    const found = [...Versions, ...markers]
      .flatMap(({ Key, VersionId, IsLatest, Size }) =>
        Key === undefined || VersionId === undefined
          ? []
          : [{ Key, VersionId, bytes: Size ?? 0, isLatest: IsLatest ?? false }],
      )
      .filter(includes);
    if (found.length > 0) yield found;
    marker = IsTruncated
      ? {
          ...(NextKeyMarker !== undefined && { KeyMarker: NextKeyMarker }),
          ...(NextVersionIdMarker !== undefined && { VersionIdMarker: NextVersionIdMarker }),
        }
      : null;
  }
}

function listPage(
  s3: S3Client,
  { bucket, prefix, marker }: { bucket: string; prefix: string; marker: object },
  signal: AbortSignal,
) {
  return s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...marker }), {
    abortSignal: signal,
  });
}

export async function countVersions(s3: S3Client, place: ObjectsPlace, signal: AbortSignal): Promise<Tally> {
  let tally: Tally = { versions: 0, bytes: 0 };
  for await (const page of versionPages(s3, place, signal)) tally = withPage(tally, page);
  return tally;
}

/**
 * Nothing is left afterwards: no version, and no delete marker either. It looks until it finds nothing, since a list goes on
 * from a version that has just been deleted, and others may write.
 *
 * @param place.before - called before each deletion, of 1,000 versions at most; what it throws stops the rest
 * @throws TakeDownFailed `NOT_DELETED`; what S3 answers
 */
export async function deleteEveryVersion(
  s3: S3Client,
  { before, ...place }: ObjectsPlace & { readonly before?: () => Promise<void> },
  signal: AbortSignal,
): Promise<Tally> {
  let all: Tally = { versions: 0, bytes: 0 };
  for (;;) {
    let found = false;
    for await (const page of versionPages(s3, place, signal)) {
      await before?.();
      await deletePage(s3, place, page, signal);
      all = withPage(all, page);
      found = true;
    }
    if (!found) return all;
  }
}

async function deletePage(
  s3: S3Client,
  { bucket }: ObjectsPlace,
  page: readonly ObjectVersion[],
  signal: AbortSignal,
): Promise<void> {
  const Objects = page.map(({ Key, VersionId }) => ({ Key, VersionId }));
  const { Errors: [first, ...more] = [] } = await s3.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    { abortSignal: signal },
  );
  if (first === undefined) return;
  const others = more.length === 0 ? '' : `, and ${more.length} more`;
  const remedy =
    first.Code === 'AccessDenied'
      ? 'the credentials need s3:DeleteObject and s3:DeleteObjectVersion, as libraryAdminPolicy gives them; then run the same command again'
      : 'run the same command again';
  throw new TakeDownFailed(
    'NOT_DELETED',
    `S3 does not delete ${first.Key} of ${bucket} (${first.Code}${others}): ${remedy}`,
  );
}

function withPage({ versions, bytes }: Tally, page: readonly ObjectVersion[]): Tally {
  return {
    versions: versions + page.length,
    bytes: page.reduce((sum, one) => sum + one.bytes, bytes),
  };
}
