/** What `npm run upload` reports while it runs: one event for each thing that happened. Pure. */
import type { AddressFields } from './signed-address.ts';

/** Each is one line of `--json`, with `at` and the sentence, which is `message` there. `file` is the path as it was given. */
export type UploadEvent = {
  readonly file: string;
} /** The checks. */ /** A step of the checks reads the whole file. Told from its second second on. */ & (
  | {
      readonly event: 'checking';
      /** In this order: ffprobe reads every packet, `--faststart` makes a copy, the file is hashed. */
      readonly step: 'probing' | 'rewriting' | 'hashing';
      /** By this step. */
      readonly readBytes: number;
      /** What the step reads in all: the file, and for `rewriting` its copy as well. */
      readonly bytes: number;
      readonly bytesPerSecond: number;
      /** Of this step. */
      readonly secondsLeft: number | null;
    }
  | {
      readonly event: 'accepted';
      readonly id: string;
      readonly title: string;
      readonly bytes: number;
      readonly durationSeconds: number;
    }
  /** Not sent; the others go on. */
  | { readonly event: 'refused'; readonly code: string; readonly text: string }
  /** The master. */
  | { readonly event: 'master-present'; readonly key: string }
  | {
      readonly event: 'sending';
      readonly key: string;
      readonly bytes: number;
      /** Of them are at S3 already. */
      readonly presentBytes: number;
      /** When S3 ends an upload that is not finished; null where the bucket has no such rule. */
      readonly endsAt: string | null;
    }
  | { readonly event: 'upload-expired'; readonly startedAt: string }
  | {
      readonly event: 'progress';
      readonly sentBytes: number;
      readonly bytes: number;
      readonly bytesPerSecond: number;
      readonly secondsLeft: number | null;
    }
  | { readonly event: 'part-resent'; readonly partNumber: number; readonly why: string }
  | { readonly event: 'sent'; readonly key: string; readonly sentBytes: number }
  /** The job. */
  | { readonly event: 'job-submitted'; readonly id: string; readonly jobId: string }
  | { readonly event: 'job-found'; readonly id: string; readonly jobId: string }
  /** The same bytes with the same settings are a title already, or become one, under this id and title. */
  | { readonly event: 'same-master'; readonly id: string; readonly title: string }
  /** Told once, until an answer comes again; the job goes on meanwhile. */
  | {
      readonly event: 'job-unreachable';
      readonly id: string;
      readonly jobId: string;
      readonly why: string;
    }
  | {
      readonly event: 'transcoding';
      readonly id: string;
      readonly phase: 'PROBING' | 'TRANSCODING' | 'UPLOADING' | null;
      readonly percent: number | null;
    }
  /** The title goes on air without previews on the seek bar. */
  | { readonly event: 'no-storyboard'; readonly id: string; readonly why: string }
  /** Ends. */
  | ({
      readonly event: 'live';
      readonly id: string;
      readonly playlistPath: string;
      /** False where it was live before. */
      readonly isNew: boolean;
    } & AddressFields)
  | {
      readonly event: 'failed';
      readonly id: string | null;
      /** MediaConvert's error code as a number, or a name of ours. */
      readonly code: string;
      readonly text: string;
    }
);

/** An event of a file that the caller knows. */
export type EventOfFile<Name extends UploadEvent['event'] = UploadEvent['event']> = WithoutFile<
  Extract<UploadEvent, { readonly event: Name }>
>;
type WithoutFile<Event> = Event extends unknown ? Omit<Event, 'file'> : never;
