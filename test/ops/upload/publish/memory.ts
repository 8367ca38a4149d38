/** What publishers share, in memory: records with conditions, jobs with tokens of one minute, folders of outputs. */
import type { CreateJobCommandInput } from '@aws-sdk/client-mediaconvert';
import { parseRecord } from '../../../../ops/library/broken-record.ts';
import type { ClaimInputs } from '../../../../ops/library/claim.ts';
import { versionFolder } from '../../../../ops/library/places.ts';
import type { Stream } from '../../../../ops/library/read-stream.ts';
import type { RecordStore } from '../../../../ops/library/record-store.ts';
import type { FileEvent } from '../../../../ops/upload/publish/ensure-job.ts';
import type { JobState, TranscodeJobs } from '../../../../ops/upload/publish/jobs.ts';
import type { PublishPorts, WorkToPublish } from '../../../../ops/upload/publish/publish-work.ts';

const TOKEN_LIVES_MS = 60_000;

interface MemoryJob {
  readonly id: string;
  readonly at: number;
  readonly input: CreateJobCommandInput;
  state: JobState;
}

export const STREAM: Stream = {
  renditions: [{ width: 1280, height: 720, bandwidthBps: 3_000_000 }],
  captions: [{ language: 'eng', label: 'English' }],
  durationSeconds: 12,
};

const SOURCE = { width: 1280, height: 720, hasAudio: true, durationSeconds: 12.5 };

/** The account, as all publishers see it. */
export class Memory {
  /** Milliseconds. */
  clock = Date.UTC(2026, 10, 30);
  readonly objects = new Map<string, { text: string; etag: string }>();
  readonly jobs: MemoryJob[] = [];
  readonly files = new Set<string>();
  /** How a new job ends. */
  ending: (job: CreateJobCommandInput) => JobState = () => ({ status: 'complete' });
  /** How long SearchJobs does not show a new job. */
  searchLagMs = 0;
  #writes = 0;

  readonly records: RecordStore = {
    read: async (key, schema) => {
      const found = this.objects.get(key);
      return found === undefined ? null : { record: parseRecord(key, found.text, schema), etag: found.etag };
    },
    create: async (key, record) => (this.objects.has(key) ? 'conflict' : this.#put(key, record)),
    replace: async (key, record, etag) =>
      this.objects.get(key)?.etag === etag ? this.#put(key, record) : 'conflict',
    list: async (prefix) =>
      [...this.objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, { etag }]) => ({ key, etag }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
  };

  readonly transcoder: TranscodeJobs = {
    find: async (masterUri, metadata) => {
      const found = this.jobs.findLast(
        ({ at, input }) =>
          at <= this.clock - this.searchLagMs &&
          input.Settings?.Inputs?.[0]?.FileInput === masterUri &&
          Object.entries(metadata).every(([name, value]) => input.UserMetadata?.[name] === value),
      );
      return found?.id ?? null;
    },
    create: async (input, before) => {
      if (this.clock >= before.getTime()) return 'stale';
      const sent = JSON.stringify(input);
      const known = this.jobs.findLast(
        (job) =>
          job.input.ClientRequestToken === input.ClientRequestToken && this.clock - job.at < TOKEN_LIVES_MS,
      );
      if (known !== undefined) {
        return JSON.stringify(known.input) === sent ? { jobId: known.id } : 'conflict';
      }
      const id = `job-${this.jobs.length + 1}`;
      this.jobs.push({ id, at: this.clock, input, state: this.ending(input) });
      return { jobId: id };
    },
    get: async (jobId) => {
      const job = this.jobs.find(({ id }) => id === jobId);
      if (job?.state.status === 'complete') this.files.add(playlistOf(job));
      return job?.state ?? { status: 'unknown' };
    },
  };

  /** @param pass - called around every call, so that a test decides when it reaches the account and when its answer comes */
  ports(
    tell: (event: FileEvent) => void = () => {},
    pass: <T>(name: string, call: () => Promise<T>) => Promise<T> = (_, call) => call(),
  ): PublishPorts {
    const { records, transcoder } = this;
    return {
      records: {
        read: (key, schema) => pass('read', () => records.read(key, schema)),
        create: (key, record) => pass('create', () => records.create(key, record)),
        replace: (key, record, etag) => pass('replace', () => records.replace(key, record, etag)),
        list: (prefix) => pass('list', () => records.list(prefix)),
      },
      jobs: {
        find: (uri, metadata) => pass('find', () => transcoder.find(uri, metadata)),
        create: (input, before) => pass('createJob', () => transcoder.create(input, before)),
        get: (id) => pass('getJob', () => transcoder.get(id)),
      },
      now: () => new Date(this.clock),
      wait: (milliseconds) =>
        pass('wait', async () => {
          this.clock += milliseconds;
        }),
      tell,
      isFolderUsed: (id) =>
        pass('isFolderUsed', async () =>
          [...this.files].some((path) => path.startsWith(versionFolder('books', id, 1))),
        ),
      sendInputs: () => pass('send', async () => {}),
      providePoster: (path) =>
        pass('poster', async () => {
          this.files.add(path);
        }),
      provideStoryboard: ({ folder }) =>
        pass('storyboard', async () => {
          const path = `${folder}storyboard/storyboard.vtt`;
          this.files.add(path);
          return path;
        }),
      readStream: (path) => pass('readStream', async () => (this.files.has(path) ? STREAM : null)),
    };
  }

  /** A record as it is there. */
  json(key: string): Record<string, unknown> | null {
    const found = this.objects.get(key);
    return found === undefined ? null : JSON.parse(found.text);
  }

  #put(key: string, record: object): { etag: string } {
    this.#writes += 1;
    const etag = `"${this.#writes}"`;
    this.objects.set(key, { text: JSON.stringify(record), etag });
    return { etag };
  }
}

function inputsOf(sha256: string): ClaimInputs {
  return { masterKey: `uploads/sha256/${sha256}`, captions: [], source: SOURCE };
}

/** @param sha256 - a letter that is repeated */
export function workOf(
  sha256: string,
  name: string,
  { given = false, priority }: { readonly given?: boolean; readonly priority?: number } = {},
): WorkToPublish {
  const hashes = { sha256: sha256.repeat(64), settingsHash: '0'.repeat(64) };
  const masterUri = `s3://masters/uploads/sha256/${hashes.sha256}`;
  return {
    hashes,
    id: { value: name, given },
    title: name,
    inputs: inputsOf(hashes.sha256),
    durationSeconds: 12.5,
    pathPrefix: 'books',
    job: {
      masterUri,
      input: ({ titleId }, metadata) => ({
        Role: 'arn:aws:iam::123456789012:role/mediaconvert',
        ...(priority !== undefined && { Priority: priority }),
        UserMetadata: { book_id: titleId, ...metadata },
        Settings: { Inputs: [{ FileInput: masterUri }] },
      }),
    },
  };
}

function playlistOf({ input }: MemoryJob): string {
  return `books/${input.UserMetadata?.book_id}/index.m3u8`;
}
