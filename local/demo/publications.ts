/** From a master that a page has sent to its title: the checks, the job and the record are those of `npm run upload`. */

import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeleteObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import { masterKey } from '../../ops/library/places.ts';
import type { Title } from '../../ops/library/title.ts';
import { checkMaster } from '../../ops/upload/check/check-master.ts';
import { idFromName, titleFromName } from '../../ops/upload/check/ids.ts';
import type { UploadEvent } from '../../ops/upload/events.ts';
import { PublishFailed } from '../../ops/upload/publish/failed.ts';
import { type LibraryContext, publishTitle } from '../../ops/upload/publish/publish-title.ts';
import { UploadRefused } from '../../ops/upload/refused.ts';
import { SendFailed } from '../../ops/upload/send/send-failed.ts';

export type PublicationState =
  /** The backend reads what came. */
  | { readonly status: 'checking' }
  /** `percent` is the MediaConvert job's, 0 to 100. */
  | { readonly status: 'transcoding'; readonly percent: number }
  | { readonly status: 'ready'; readonly title: Title }
  /** `error` is one line with its remedy, for the person who uploaded. */
  | { readonly status: 'failed'; readonly error: string };

/** What becomes of one master. */
export interface Publication {
  state: PublicationState;
}

export interface Publications {
  /** A master that is being published already is not published twice. */
  start(master: { readonly sha256: string; readonly name: string }): Publication;
  /** Once none is under way. */
  ended(): Promise<void>;
}

/** Each has a copy of its master on the disk until its job has ended. */
const MOST_AT_ONCE = 4;

export function createPublications(library: Omit<LibraryContext, 'tell'>): Publications {
  const running = new Map<string, { readonly publication: Publication; readonly ended: Promise<void> }>();
  const limit = pLimit(MOST_AT_ONCE);
  return {
    start: ({ sha256, name }) => {
      const there = running.get(sha256);
      if (there !== undefined) return there.publication;
      const publication: Publication = { state: { status: 'checking' } };
      const tell = (event: UploadEvent) => {
        if (event.event !== 'transcoding') return;
        publication.state = { status: 'transcoding', percent: event.percent ?? 0 };
      };
      const ended = limit(() => publish({ ...library, tell }, { sha256, name }))
        .then((title): PublicationState => ({ status: 'ready', title }))
        .catch((error): PublicationState => ({ status: 'failed', error: loggedWords(error, library.signal) }))
        .then((state) => {
          publication.state = state;
          running.delete(sha256);
        });
      running.set(sha256, { publication, ended });
      return publication;
    },
    ended: async () => {
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };
}

/**
 * Reads the master back from S3, since all that is known of it is what a browser said: a file may have changed while it was
 * sent, and a name may be a lie.
 *
 * @throws UploadRefused; PublishFailed; what AWS answers
 */
async function publish(
  library: LibraryContext,
  { sha256, name }: { readonly sha256: string; readonly name: string },
): Promise<Title> {
  const { config, outputs, s3, signal } = library;
  signal.throwIfAborted();
  const place = {
    Bucket: outputs.master_uploads_bucket_name,
    Key: masterKey(config.uploadKeyPrefix, sha256),
  };
  const directory = await mkdtemp(join(tmpdir(), 'storytime-master-'));
  try {
    const path = join(directory, 'master');
    const { Body: body } = await s3.send(new GetObjectCommand(place), { abortSignal: signal });
    await pipeline(body as Readable, createWriteStream(path), { signal });
    const id = idFromName(withoutEnding(name));
    const master = await checkMaster(
      {
        file: name,
        path,
        id: id === null ? null : { value: id, given: false },
        title: titleFromName(withoutEnding(name)),
      },
      { config, signal, env: {} },
    );
    if (master.sha256 !== sha256) {
      // A user who has the right file could not add it otherwise. A versioned bucket keeps what is deleted.
      await s3.send(new DeleteObjectCommand(place), { abortSignal: signal });
      throw new UploadRefused(
        'FILE_CHANGED',
        `${JSON.stringify(name)} changed while it was sent: choose it again`,
      );
    }
    const { title } = await publishTitle(library, master, { send: async () => {} });
    return title;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function withoutEnding(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

/** What the person at the page reads; null for a defect, which is for the backend's log alone. */
export function wordsOf(error: unknown): string | null {
  const isForeseen = [UploadRefused, PublishFailed, SendFailed].some((kind) => error instanceof kind);
  if (!(error instanceof Error) || !isForeseen) return null;
  if (error instanceof PublishFailed && error.code === 'POSTER_FAILED') {
    return 'no picture can be taken of this video: export it again';
  }
  // These texts were written for a command line.
  return error.message.replaceAll('run the same command again', 'add the video again');
}

function loggedWords(error: unknown, signal: AbortSignal): string {
  const words = wordsOf(error);
  if (words !== null) return words;
  if (!signal.aborted) console.error(error);
  return 'the backend failed here: look at its terminal, then try again';
}
