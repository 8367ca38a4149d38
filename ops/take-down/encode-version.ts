/**
 * A new version of a title, beside the files of the earlier ones: nothing is mixed under a viewer who plays one of those.
 * Which version that is, is in the title's record before anything is begun, so no folder is written twice.
 */
import type { LanguageCode } from '@aws-sdk/client-mediaconvert';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { createJobInput } from '@storytime/hls-jobs';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { BrokenRecordError } from '../library/broken-record.ts';
import { changeTitle, requireTitle } from '../library/change-title.ts';
import { type Claim, claimSchema } from '../library/claim.ts';
import { requireContentKeys } from '../library/content-keys.ts';
import { bookJob } from '../library/outputs.ts';
import {
  encodePlace,
  MOST_VERSION,
  playlistPath,
  posterPath,
  versionFolder,
  versionNamed,
  versionOfKey,
} from '../library/places.ts';
import { readStream } from '../library/read-stream.ts';
import type { Title } from '../library/title.ts';
import {
  completeClaim,
  type EncodePlan,
  type EncodePorts,
  encode,
  reopenClaim,
} from '../upload/publish/encode.ts';
import { transcodeJobs } from '../upload/publish/jobs.ts';
import { jobQueues } from '../upload/publish/publish-title.ts';
import { requireClaim } from '../upload/publish/settle-claim.ts';
import { storyboardOrNull } from '../upload/publish/storyboard/provide-storyboard.ts';
import type { TakeDownContext } from './context.ts';
import { isAboutJob } from './events.ts';
import { TakeDownFailed } from './failed.ts';
import { forgetKey } from './forget-key.ts';
import type { TitlesMaster } from './master.ts';
import { measureMaster } from './measure-master.ts';
import { deleteEveryVersion } from './object-versions.ts';
import { putPosterBack } from './poster.ts';

/**
 * Resolves with the title as it is live then. Stopped anywhere, the same call goes on with the same version.
 *
 * @throws TakeDownFailed `WITHDRAWN_MEANWHILE`; PublishFailed of the job; VideoRefusedError; what AWS answers
 */
export async function encodeVersion(
  context: TakeDownContext,
  { id }: Pick<Title, 'id'>,
  master: TitlesMaster,
): Promise<Title> {
  const { records, tell, outputs, config } = context;
  const keys = (await requireTitle(context, id)).encrypted
    ? requireContentKeys(config, context.contentKeys)
    : null;
  const used = await usedFolders(context, id);
  const begun = await changeTitle(context, id, (current) =>
    current.encodingVersion !== undefined || current.state === 'withdrawn'
      ? null
      : withNextVersion(current, used, config),
  );
  const version = begun.encodingVersion;
  if (begun.state === 'withdrawn' || version === undefined) throw withdrawnMeanwhile(id);
  tell({ event: 'encoding', version, masterKey: master.key });
  const { pathPrefix } = config;
  const place = encodePlace(id, version);
  const open = await openClaim(context, { key: place.key, title: begun, master });
  const { inputs } = open;
  const masterUri = `s3://${outputs.master_uploads_bucket_name}/${inputs.masterKey}`;
  const plan: EncodePlan = {
    place,
    masterUri,
    playlistPath: playlistPath(pathPrefix, id, version),
    input: async (_, userMetadata) =>
      createJobInput({
        ...bookJob(context.config, outputs),
        bookId: id,
        titleVersion: version,
        masterUri,
        source: inputs.source,
        userMetadata,
        ...(keys && { encryption: await keys.forJob({ titleId: id, version }) }),
        captions: inputs.captions.map(({ key, languageCode, label }) => ({
          languageCode: languageCode as LanguageCode,
          label,
          input: `s3://${outputs.master_uploads_bucket_name}/${key}`,
        })),
      }),
  };
  const ports = encodePorts(context, { id, video: inputs.source });
  const poster = posterPath(pathPrefix, id, version);
  const hasPoster = await putPosterBack(context, begun, { key: master.key, to: poster });
  const stream = await encode(ports, plan, await reopenClaim(ports, plan, open)).catch(
    async (error: unknown) => {
      // A withdrawal deletes what the job writes, which looks like a job that wrote nothing.
      if ((await requireTitle(context, id)).state === 'withdrawn') throw withdrawnMeanwhile(id);
      throw error;
    },
  );
  const live = await changeTitle(context, id, (current) =>
    current.encodingVersion !== version || current.state === 'withdrawn'
      ? null
      : {
          ...switched(current, context),
          version,
          playlistPath: plan.playlistPath,
          durationSeconds: inputs.source.durationSeconds,
          renditions: stream.renditions,
          captions: stream.captions,
          storyboardPath: stream.storyboardPath,
          posterPath: hasPoster ? poster : null,
        },
  );
  await completeClaim(records, place.key);
  if (live.state === 'live' && live.version >= version) return live;
  await deleteVersion(context, live, version);
  throw withdrawnMeanwhile(id);
}

/** Deletes the files of one version, in every version that S3 has of them, and then the key that nothing is left for. */
export async function deleteVersion(
  context: Pick<TakeDownContext, 's3' | 'outputs' | 'config' | 'contentKeys' | 'signal' | 'tell'>,
  title: Pick<Title, 'id' | 'encrypted' | 'laterVersions'>,
  version: number,
): Promise<number> {
  const { s3, outputs, config, signal } = context;
  const { id, laterVersions = [] } = title;
  const prefix = versionFolder(config.pathPrefix, id, 1);
  const { versions } = await deleteEveryVersion(
    s3,
    {
      bucket: outputs.hls_outputs_bucket_name,
      prefix,
      includes: ({ Key }) => versionOfKey(prefix, Key, laterVersions) === version,
    },
    signal,
  );
  await forgetKey(context, title, version);
  return versions;
}

function withNextVersion(
  current: Title,
  used: readonly number[],
  { pathPrefix }: Pick<EnvironmentConfig, 'pathPrefix'>,
): Title {
  const { laterVersions = [], version } = current;
  const next = [...laterVersions, ...used].reduce((most, one) => Math.max(most, one), version) + 1;
  if (next > MOST_VERSION) {
    throw new TakeDownFailed(
      'NO_VERSION_LEFT',
      `${versionFolder(pathPrefix, current.id, MOST_VERSION)} is the last folder that a version can have, and the record of the title or a folder has that number already: correct the record, or upload the file under another id`,
    );
  }
  return { ...current, laterVersions: [...laterVersions, next], encodingVersion: next };
}

/** Versions by the names of folders inside the title's folder: those of a title that was made elsewhere may look like ours. */
async function usedFolders(
  { s3, outputs, config: { pathPrefix }, signal }: TakeDownContext,
  id: string,
): Promise<number[]> {
  const Prefix = versionFolder(pathPrefix, id, 1);
  const list = { Bucket: outputs.hls_outputs_bucket_name, Prefix, Delimiter: '/' };
  const found: number[] = [];
  for await (const { CommonPrefixes = [] } of paginateListObjectsV2({ client: s3 }, list, {
    abortSignal: signal,
  })) {
    const names = CommonPrefixes.map(({ Prefix: folder = '' }) => folder.slice(Prefix.length, -1));
    found.push(...names.flatMap((name) => versionNamed(name) ?? []));
  }
  return found;
}

/** The record once the new version is live: what was live before stays as long as signatures may be used. */
function switched(current: Title, { now, config }: TakeDownContext): Title {
  const { encodingVersion: _, withdrawal: __, retiredVersions: ___, ...rest } = current;
  const deleteAfter = new Date(now().getTime() + config.longestSignatureSeconds * 1000).toISOString();
  const retired =
    current.state === 'live'
      ? [...(current.retiredVersions ?? []), { version: current.version, deleteAfter }]
      : [];
  return { ...rest, state: 'live', ...(retired.length > 0 && { retiredVersions: retired }) };
}

async function openClaim(
  context: TakeDownContext,
  { key, title, master }: { readonly key: string; readonly title: Title; readonly master: TitlesMaster },
): Promise<Claim> {
  const { records, now } = context;
  const found = await records.read(key, claimSchema);
  if (found !== null) {
    const { titleId, inputs } = found.record;
    if (titleId === title.id && inputs.masterKey === master.key) return found.record;
    throw new BrokenRecordError(key, [`expected the title ${title.id} and its master ${master.key}`]);
  }
  const claim: Claim = {
    schemaVersion: 1,
    titleId: title.id,
    title: title.title,
    state: 'claimed',
    attempt: 1,
    jobId: null,
    failure: null,
    inputs: master.inputs ?? (await measureMaster(context, master.key)),
    upload: null,
    createdAt: now().toISOString(),
  };
  return (await records.create(key, claim)) === 'conflict' ? requireClaim(records, key) : claim;
}

function encodePorts(
  context: TakeDownContext,
  { id: titleId, video }: { readonly id: string; readonly video: Claim['inputs']['source'] },
): EncodePorts {
  const { records, mediaConvert, s3, outputs, signal, now, wait, tell } = context;
  return {
    records,
    jobs: transcodeJobs({ mediaConvert, queues: jobQueues(context), signal, now }),
    now,
    wait,
    requireWanted: async () => {
      if ((await requireTitle(context, titleId)).state === 'withdrawn') throw withdrawnMeanwhile(titleId);
    },
    tell: (event) => {
      if (isAboutJob(event)) tell(event);
    },
    provideStoryboard: ({ id, folder }) =>
      storyboardOrNull(
        s3,
        { bucket: outputs.hls_outputs_bucket_name, folder },
        {
          ...{ video, signal },
          tell: (why) => tell({ event: 'no-storyboard', id, why }),
        },
      ),
    readStream: (path) =>
      readStream(s3, { bucket: outputs.hls_outputs_bucket_name, playlistPath: path }, signal),
  };
}

function withdrawnMeanwhile(id: string): TakeDownFailed {
  return new TakeDownFailed(
    'WITHDRAWN_MEANWHILE',
    `somebody withdrew ${JSON.stringify(id)} while it was being encoded: it stays off the air, and the new files were deleted`,
  );
}
