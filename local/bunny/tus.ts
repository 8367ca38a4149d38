/**
 * The TUS endpoint: uploads that continue where they were interrupted. The protocol is `@tus/server`'s; whose upload it is, and what
 * becomes of it, is decided here.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { BunnyVideoStatus, BunnyWebhookStatus } from '@storytime/signer/bunny';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import type { Library } from './library.ts';
import { sendStatus } from './status-answer.ts';
import { authorizeTus, TUS_HEADERS } from './tus-authorization.ts';

export const TUS_PATH = '/tusupload';

/** An upload's name begins with its video's id, so that both are found again after a restart. */
const UPLOAD_ID = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.[\da-f]{32}$/;
/** The documentation names no limit. */
const MAX_UPLOAD_BYTES = 50 * 1024 ** 3;
const REQUIRED_METADATA = ['filetype', 'title'] as const;
const ALREADY_UPLOADED = 'the video has a file already: create another video';

export interface TusOptions {
  readonly library: Library;
  readonly apiKey: string;
  readonly now: () => Date;
}

export type TusEndpoint = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  path: string,
) => Promise<void>;

/**
 * A store in a folder that exists. `FileStore` makes its folder without being awaited, and what fails there is thrown where
 * nothing catches it: a run that ends at once and whose folder goes would end the process.
 */
export class PreparedFileStore extends FileStore {
  static {
    Object.defineProperty(PreparedFileStore.prototype, 'checkOrCreateDirectory', { value: () => undefined });
  }
}

/** Takes finished uploads over that a killed run has left behind, and gives the handler of everything below `TUS_PATH`. */
export async function createTusEndpoint({ library, apiKey, now }: TusOptions): Promise<TusEndpoint> {
  const directory = library.uploadsDirectory;
  await mkdir(directory, { recursive: true });
  const datastore = new PreparedFileStore({ directory });
  const finish = (id: string) =>
    library.takeIn(videoOf(id) ?? '', join(directory, id), BunnyWebhookStatus.PresignedUploadFinished);

  const server = new Server({
    path: TUS_PATH,
    datastore,
    maxSize: MAX_UPLOAD_BYTES,
    allowedHeaders: [...TUS_HEADERS],
    namingFunction: (request) => `${request.headers.get('videoid')}.${randomBytes(16).toString('hex')}`,
    onUploadCreate: async (_, { id, metadata }) => {
      const missing = REQUIRED_METADATA.filter((name) => !metadata?.[name]);
      if (missing.length > 0) throw refusal(400, `Upload-Metadata: expected ${missing.join(' and ')}`);
      const guid = videoOf(id) ?? '';
      library.update(guid, { title: metadata?.title ?? '' });
      library.tell(guid, BunnyWebhookStatus.PresignedUploadStarted);
      return {};
    },
    onUploadFinish: async (_, { id }) => {
      if (await finish(id)) return {};
      library.tell(videoOf(id) ?? '', BunnyWebhookStatus.PresignedUploadFailed);
      throw refusal(400, ALREADY_UPLOADED);
    },
  });

  for (const id of await readdir(directory)) {
    if (videoOf(id) === null) continue;
    // One that was killed at its very beginning has no description, and its client no address.
    const upload = await datastore.getUpload(id).catch(() => null);
    if (upload !== null && upload.size === upload.offset) await finish(id);
  }

  return async (incoming, outgoing, path) => {
    // A browser's preflight carries none of the headers that it asks for.
    if (incoming.method === 'OPTIONS') return server.handle(incoming, outgoing);
    const refuse = (status: number, message: string) =>
      sendStatus(outgoing, { status, message, headers: { 'access-control-allow-origin': '*' } });
    const verdict = authorizeTus(incoming.headers, { libraryId: library.libraryId, apiKey, now: now() });
    if (!verdict.allowed) return refuse(401, verdict.message);
    // The library would hand out what was uploaded.
    if (incoming.method === 'GET') return refuse(405, 'expected POST, HEAD, PATCH or DELETE');
    const video = library.get(verdict.videoId);
    if (!video) return refuse(404, 'there is no such video: create it first');
    const id = path.slice(TUS_PATH.length + 1);
    if (incoming.method === 'POST') {
      if (id !== '') return refuse(404, `expected POST to ${TUS_PATH}`);
      if (video.status !== BunnyVideoStatus.Created) return refuse(400, ALREADY_UPLOADED);
      return server.handle(incoming, outgoing);
    }
    const owner = videoOf(id);
    if (owner === null) return refuse(404, 'there is no such upload');
    if (owner !== verdict.videoId) return refuse(401, 'VideoId: the upload belongs to another video');
    return server.handle(incoming, outgoing);
  };
}

function videoOf(id: string): string | null {
  return UPLOAD_ID.exec(id)?.[1] ?? null;
}

/** What `@tus/server` makes an answer of. */
function refusal(status: number, body: string) {
  return { status_code: status, body: `${body}\n` };
}
