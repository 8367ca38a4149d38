/** A Stream library on this machine: videos, the progress of an upload, and its notifications. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { link, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { BunnyVideoStatus, BunnyWebhookStatus } from '@storytime/signer/bunny';
import { transcodeVideo } from './transcode-video.ts';
import { failureMessage } from './video.ts';
import { openVideoStore, type VideoStore } from './video-store.ts';

/** One video's transcode. */
interface Job {
  readonly stop: AbortController;
  /** Whether it is its turn, so that there may be files of it. */
  hasBegun: boolean;
  ended: Promise<void>;
}

export interface LibraryOptions {
  readonly libraryId: number;
  /** The zone's root. The run's own files are below `.bunny`, which the zone does not serve. */
  readonly directory: string;
  /** Called for every change that Bunny calls the webhook for. */
  readonly onChange: (guid: string, status: BunnyWebhookStatus) => void;
  readonly onWarning: (message: string) => void;
  readonly now: () => Date;
}

export interface Library extends Pick<VideoStore, 'create' | 'get' | 'update'> {
  readonly libraryId: number;
  /** Where uploads grow. */
  readonly uploadsDirectory: string;
  /** Where the file of a video grows that is fetched from an address. */
  fetchedPath(guid: string): string;
  /**
   * Takes an uploaded file over, tells `first`, and transcodes it when its turn comes. False when the video has a file
   * already, or is gone.
   */
  takeIn(guid: string, path: string, first?: BunnyWebhookStatus): Promise<boolean>;
  /** Reports a change, if the video still exists. */
  tell(guid: string, status: BunnyWebhookStatus): void;
  /** Ends the video's transcode and removes everything of it. False when there is no such video. */
  delete(guid: string): Promise<boolean>;
  /** Resolves when every transcode has ended; the videos are taken up again by the next run. */
  close(): Promise<void>;
}

const UNFINISHED: readonly number[] = [
  BunnyVideoStatus.Uploaded,
  BunnyVideoStatus.Processing,
  BunnyVideoStatus.Transcoding,
];

/** Opens the library of a folder, and continues what an earlier run left unfinished. */
export function openLibrary(options: LibraryOptions): Library {
  const { libraryId, directory, now, onWarning } = options;
  const uploadsDirectory = join(directory, '.bunny/uploads');
  const videos = openVideoStore({ directory: join(directory, '.bunny/videos'), libraryId, now });
  const tell = (guid: string, status: BunnyWebhookStatus) => {
    if (videos.get(guid)) options.onChange(guid, status);
  };
  const closing = new AbortController();
  const running = new Map<string, Job>();
  const beingTaken = new Set<string>();
  /** One at a time: a transcode takes every core that there is. */
  let last: Promise<void> = Promise.resolve();

  const enqueue = (guid: string) => {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closing.signal]);
    const job: Job = { stop, hasBegun: false, ended: Promise.resolve() };
    const begin = () => {
      job.hasBegun = true;
      return work(guid, signal);
    };
    const ended = last.then(begin).finally(() => {
      // A video that was deleted and uploaded again has another job by now.
      if (running.get(guid) === job) running.delete(guid);
    });
    job.ended = ended;
    running.set(guid, job);
    last = ended;
    tell(guid, BunnyWebhookStatus.Queued);
  };

  const work = async (guid: string, signal: AbortSignal): Promise<void> => {
    if (signal.aborted || !videos.get(guid)) return;
    try {
      await transcodeInSteps(guid, signal);
    } catch (cause) {
      if (signal.aborted) return;
      const message = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'unknown error';
      onWarning(`video ${guid}: ${message}`);
      const transcodingMessages = [failureMessage(message, now())];
      videos.update(guid, { status: BunnyVideoStatus.Error, transcodingMessages });
      tell(guid, BunnyWebhookStatus.Failed);
    }
  };

  const transcodeInSteps = async (guid: string, signal: AbortSignal): Promise<void> => {
    videos.update(guid, { status: BunnyVideoStatus.Processing, encodeProgress: 0 });
    tell(guid, BunnyWebhookStatus.Processing);
    const { resolutions } = await transcodeVideo(guid, {
      directory,
      signal,
      onProbed: (probed) => {
        videos.update(guid, {
          width: probed.width,
          height: probed.height,
          length: Math.round(probed.durationSeconds),
          framerate: probed.framesPerSecond,
          rotation: probed.rotationDegrees,
          status: BunnyVideoStatus.Transcoding,
        });
        tell(guid, BunnyWebhookStatus.Encoding);
      },
      onProgress: ({ percent }) => void videos.update(guid, { encodeProgress: Math.min(percent, 99) }),
    });
    const folder = join(directory, guid);
    videos.update(guid, {
      status: BunnyVideoStatus.Finished,
      encodeProgress: 100,
      availableResolutions: resolutions,
      storageSize: await bytesIn(folder),
      thumbnailCount: (await readdir(join(folder, 'thumbnails'))).length,
    });
    tell(guid, BunnyWebhookStatus.Finished);
  };

  const fetchedPath = (guid: string) => join(uploadsDirectory, `${guid}.fetched`);

  for (const { guid, status } of videos.all()) {
    if (UNFINISHED.includes(status)) enqueue(guid);
    // Nobody continues a download that a killed run has begun.
    if (existsSync(fetchedPath(guid))) {
      rmSync(fetchedPath(guid));
      if (status === BunnyVideoStatus.Created) videos.update(guid, { status: BunnyVideoStatus.UploadFailed });
    }
  }

  return {
    libraryId,
    uploadsDirectory,
    fetchedPath,
    create: videos.create,
    get: videos.get,
    update: videos.update,
    tell,
    async takeIn(guid, path, first) {
      // Of two uploads that end at once, one is taken.
      if (videos.get(guid)?.status !== BunnyVideoStatus.Created || beingTaken.has(guid)) return false;
      beingTaken.add(guid);
      const folder = join(directory, guid);
      try {
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder);
        // The upload keeps its file, so that a client that missed the last answer can still ask how far it is.
        await link(path, join(folder, 'original'));
        const originalHash = await sha256Of(path);
        const { size: storageSize } = await stat(path);
        const changes = { status: BunnyVideoStatus.Uploaded, hasOriginal: true, originalHash, storageSize };
        if (!videos.update(guid, changes)) return false;
        if (first !== undefined) tell(guid, first);
        enqueue(guid);
        return true;
      } finally {
        beingTaken.delete(guid);
        // Deleted meanwhile.
        if (!videos.get(guid)) await rm(folder, { recursive: true, force: true });
      }
    },
    async delete(guid) {
      if (!videos.delete(guid)) return false;
      const job = running.get(guid);
      job?.stop.abort(new Error('the video was deleted'));
      // One that waits for its turn finds no video then, and has written nothing.
      if (job?.hasBegun) await job.ended;
      await rm(join(directory, guid), { recursive: true, force: true });
      await removeUploads(uploadsDirectory, guid);
      return true;
    },
    async close() {
      closing.abort(new Error('the library closes'));
      await last;
    },
  };
}

/** Names of uploads begin with the video's id. */
async function removeUploads(directory: string, guid: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const own = names.filter((name) => name.startsWith(`${guid}.`));
  await Promise.all(own.map((name) => rm(join(directory, name), { force: true })));
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex').toUpperCase();
}
