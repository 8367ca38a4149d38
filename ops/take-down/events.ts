/** What `npm run withdraw` and `npm run restore` report while they run. Pure. */
import prettyBytes from 'pretty-bytes';
import type { FileEvent } from '../upload/publish/ensure-job.ts';
import { sentenceWithoutFile } from '../upload/sentences.ts';
import { type AddressFields, addressText } from '../upload/signed-address.ts';

type JobEvent = Extract<FileEvent, { event: (typeof ABOUT_JOB)[number] }>;

const ABOUT_JOB = ['job-submitted', 'job-found', 'job-unreachable', 'transcoding', 'no-storyboard'] as const;

export function isAboutJob(event: FileEvent): event is JobEvent {
  return ABOUT_JOB.some((name) => name === event.event);
}

/** Each is one line of `--json`, with the sentence as `message`. */
export type TakeDownEvent =
  | { readonly event: 'withdrawn'; readonly at: string; readonly isNew: boolean }
  | { readonly event: 'deleted'; readonly folder: string; readonly versions: number; readonly bytes: number }
  | { readonly event: 'invalidating'; readonly id: string; readonly path: string }
  | { readonly event: 'invalidated'; readonly id: string }
  /** Null: nobody signed, or nothing answered. `before`: what the same request got before the files were deleted. */
  | { readonly event: 'probed'; readonly status: number | null; readonly before: number | null }
  | { readonly event: 'not-probed'; readonly why: 'NO_KEY' | 'NO_ANSWER' }
  | { readonly event: 'waiting-for-job'; readonly jobId: string; readonly version: number }
  /** A command that began before the withdrawal may begin a job until then. */
  | { readonly event: 'waiting-for-no-job'; readonly version: number; readonly until: string }
  /** What went wrong is said after it. */
  | { readonly event: 'not-off-air' }
  | { readonly event: 'poster-not-kept'; readonly why: string }
  | { readonly event: 'master-kept'; readonly key: string; readonly restore: string }
  /** `what`: which record cannot be read, and why. */
  | { readonly event: 'master-unknown'; readonly what: string }
  /** It is not in the bucket; null where nothing says which it is. */
  | { readonly event: 'master-missing'; readonly key: string | null }
  | { readonly event: 'master-archived'; readonly key: string; readonly storageClass: string }
  | { readonly event: 'master-deleted'; readonly key: string; readonly versions: number }
  /** The environment has no playback any more, and so no table that this command could delete the key from. */
  | { readonly event: 'key-left'; readonly version: number }
  | { readonly event: 'signatures'; readonly until: string }
  | {
      readonly event: 'restoring';
      readonly key: string;
      readonly storageClass: string;
      /** The latest time at which S3 makes it readable, by its own statement; null where it was asked for before. */
      readonly readyBy: string | null;
    }
  | { readonly event: 'measuring'; readonly key: string }
  | { readonly event: 'encoding'; readonly version: number; readonly masterKey: string }
  /** Those of an upload, about the job. */
  | JobEvent
  | ({
      readonly event: 'live';
      readonly version: number;
      readonly playlistPath: string;
      /** False where it was live before. */
      readonly isNew: boolean;
    } & AddressFields)
  | { readonly event: 'retired'; readonly version: number; readonly deleteAfter: string };

export function takeDownSentence(event: TakeDownEvent): string {
  switch (event.event) {
    case 'withdrawn':
      return event.isNew
        ? 'the catalogue says "withdrawn": no site lists it any more'
        : `withdrawn since ${event.at}; doing again what may be missing`;
    case 'deleted':
      return event.versions === 0
        ? `no file is left below ${event.folder}`
        : `deleted ${event.versions} versions of files below ${event.folder} (${prettyBytes(event.bytes, { nonBreakingSpace: false })})`;
    case 'invalidating':
      return `invalidating ${event.path} in CloudFront (${event.id})`;
    case 'invalidated':
      return 'CloudFront has completed the invalidation: no cache answers with it any more';
    case 'probed':
      return `a signed request for its playlist is answered with ${event.status}${beforeText(event.before)}`;
    case 'not-probed':
      return event.why === 'NO_KEY'
        ? 'not probed: these credentials may not use the signing key, or it cannot be used'
        : 'not probed: the distribution did not answer';
    case 'waiting-for-job':
      return `MediaConvert job ${event.jobId} still writes version ${event.version}; waiting for its end to delete that too`;
    case 'waiting-for-no-job':
      return `another command may be about to begin a job for version ${event.version}; waiting until ${event.until} to see (safe to interrupt, then run the same command again)`;
    case 'not-off-air':
      return 'not done yet: no site lists the title, but the bucket or CloudFront’s caches may still answer with it';
    case 'poster-not-kept':
      return `the poster was not kept (${event.why}): a restored title will have none`;
    case 'master-kept':
      return `the master ${event.key} is kept; ${event.restore} encodes it again`;
    case 'master-unknown':
      return `the master was left alone, because ${event.what}: correct that record before you restore the title`;
    case 'master-missing':
      return event.key === null
        ? 'no record says which object is the master: it was left alone, and the title cannot be restored'
        : `the master ${event.key} is not in its bucket any more: the title cannot be restored`;
    case 'master-archived':
      return `the master ${event.key} is archived in ${event.storageClass}`;
    case 'master-deleted':
      return `the master ${event.key} is deleted (${event.versions} versions)`;
    case 'key-left':
      return `the content key of version ${event.version} is not deleted, because playback is null in this environment: delete it from the table if you kept that`;
    case 'signatures':
      return `signatures that viewers have stay valid until ${event.until}, and open nothing of this title; what a player has in its buffer plays to its end`;
    case 'restoring':
      return `the master ${event.key} is being restored from ${event.storageClass}${event.readyBy === null ? '' : `, by ${event.readyBy} at the latest`}; run the same command again then`;
    case 'measuring':
      return `reading the master ${event.key} to measure it`;
    case 'encoding':
      return `encoding version ${event.version} of ${event.masterKey}`;
    case 'job-submitted':
    case 'job-found':
    case 'job-unreachable':
    case 'transcoding':
    case 'no-storyboard':
      return sentenceWithoutFile(event);
    case 'live':
      return `${event.isNew ? 'live' : 'live already'} as version ${event.version}: ${event.playlistPath}${addressText(event)}`;
    case 'retired':
      return `the files of version ${event.version} stay for viewers who are playing it; after ${event.deleteAfter} npm run titles -- prune deletes them`;
  }
}

function beforeText(before: number | null): string {
  if (before === null) return '';
  return before < 300 ? '; before, it played' : `; before, it was ${before}`;
}
