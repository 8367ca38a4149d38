/**
 * The library's videos, each a file of the run's folder: a run that was killed knows them again.
 *
 * What the API says of a video is never older than its file: both change in one step.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NewVideo, newVideo, type Video } from './video.ts';
import { VIDEO_ID } from './zone.ts';

export interface VideoStore {
  create(video: NewVideo): Video;
  get(guid: string): Video | undefined;
  /** The changed video; undefined when it was deleted meanwhile. */
  update(guid: string, changes: Partial<Omit<Video, 'guid'>>): Video | undefined;
  /** False when there is no such video. */
  delete(guid: string): boolean;
  all(): readonly Video[];
}

export interface VideoStoreOptions {
  /** Made when it is not there. */
  readonly directory: string;
  readonly libraryId: number;
  readonly now: () => Date;
}

/** @throws Error when the folder cannot be read or written */
export function openVideoStore({ directory, libraryId, now }: VideoStoreOptions): VideoStore {
  mkdirSync(directory, { recursive: true });
  const videos = new Map(readVideos(directory).map((video) => [video.guid, video]));
  const fileOf = (guid: string) => join(directory, `${guid}.json`);
  const put = (video: Video) => {
    const partial = `${fileOf(video.guid)}.partial`;
    writeFileSync(partial, JSON.stringify(video));
    renameSync(partial, fileOf(video.guid));
    videos.set(video.guid, video);
    return video;
  };
  return {
    create: (video) => put(newVideo(video, { guid: randomUUID(), libraryId, now: now() })),
    get: (guid) => videos.get(guid),
    update(guid, changes) {
      const video = videos.get(guid);
      return video && put({ ...video, ...changes });
    },
    delete(guid) {
      // The id may be a caller's text: only one that is known names a file.
      if (!videos.delete(guid)) return false;
      rmSync(fileOf(guid), { force: true });
      return true;
    },
    all: () => [...videos.values()],
  };
}

/** A file that ends early was never renamed, so every `.json` is whole. */
function readVideos(directory: string): Video[] {
  return readdirSync(directory).flatMap((name) => {
    const guid = name.replace(/\.json$/, '');
    if (guid === name || !VIDEO_ID.test(guid)) return [];
    return [JSON.parse(readFileSync(join(directory, name), 'utf8')) as Video];
  });
}
