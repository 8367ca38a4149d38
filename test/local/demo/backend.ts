/** The demo's backend in process, with a real signer and somebody at a browser: cookies kept, `Origin` sent. */

import { generateKeyPairSync } from 'node:crypto';
import { MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import { S3Client } from '@aws-sdk/client-s3';
import { createSigner, type KeySource, staticKey } from '@storytime/signer';
import type { EdgeLogEntry } from '../../../edge/index.ts';
import { local } from '../../../envs/local.ts';
import { createDemoApp } from '../../../local/demo/app.ts';
import { createBreakThings } from '../../../local/demo/break-things.ts';
import { createLibrary } from '../../../local/demo/library.ts';
import { RequestFeed } from '../../../local/demo/request-feed.ts';
import { type RotateKey, Rotation } from '../../../local/demo/rotation.ts';
import { Sessions } from '../../../local/demo/sessions.ts';
import { createUploads } from '../../../local/demo/uploads.ts';
import type { Catalogue, CatalogueEntry } from '../../../ops/library/catalogue.ts';
import { playlistPath, titleKey, versionFolder } from '../../../ops/library/places.ts';
import type { Title } from '../../../ops/library/title.ts';
import type { LibraryContext } from '../../../ops/upload/publish/publish-title.ts';

export const KEY_PAIR_ID = 'K2EXAMPLEKEY01';
export const DOMAIN = 'd111111abcdef8.cloudfront.net';
export const ORIGIN = 'http://localhost:4400';
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const trustedKeys = new Map([[KEY_PAIR_ID, pair.publicKey]]);

/** A record of a title as `npm run upload` writes it. */
export function titleOf(id: string, fields: Partial<Title> = {}): Title {
  const folder = versionFolder('books', id, 1);
  return {
    ...{ schemaVersion: 1, id, title: id, version: 1, state: 'live', durationSeconds: 3, captions: [] },
    ...{ renditions: [], playlistPath: playlistPath('books', id, 1), posterPath: `${folder}poster.jpg` },
    ...{ storyboardPath: null, createdAt: '2026-11-20T10:00:00.000Z', ...fields },
  };
}

export function entryOf(title: Title): CatalogueEntry {
  return { key: titleKey(title.id), title };
}

const nowhere = {
  ...{ region: 'eu-central-1', endpoint: 'http://127.0.0.1:9', maxAttempts: 1 },
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
};
/** Its clients reach nothing: what is refused before S3 is asked needs no S3. */
const offline: Omit<LibraryContext, 'tell'> = {
  config: { ...local, uploadMaxBytes: 1000, longestMasterSeconds: 600, uploadContentTypes: ['video/mp4'] },
  outputs: {
    master_uploads_bucket_name: 'masters',
    hls_outputs_bucket_name: 'streams',
    mediaconvert_queue_arn: 'arn:aws:mediaconvert:eu-central-1:123456789012:queues/test',
    mediaconvert_role_arn: 'arn:aws:iam::123456789012:role/test',
  },
  s3: new S3Client(nowhere),
  mediaConvert: new MediaConvertClient(nowhere),
  signal: new AbortController().signal,
  now: () => new Date(),
};

export function startBackend(
  options: {
    catalogue?: Catalogue;
    context?: Omit<LibraryContext, 'tell'>;
    rotate?: RotateKey;
    key?: KeySource;
    pathPrefix?: string;
  } = {},
) {
  const signer = createSigner({
    key: options.key ?? staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pair.privateKey }),
    domain: DOMAIN,
    maxExpiresIn: 60,
    defaultExpiresIn: 60,
  });
  const pathPrefix = options.pathPrefix ?? 'books';
  const hare = titleOf('42', { title: 'The hare', playlistPath: playlistPath(pathPrefix, '42', 1) });
  const library = createLibrary(options.catalogue ?? { read: async () => [entryOf(hare)] });
  const uploads = createUploads(options.context ?? offline);
  const requests = new RequestFeed<EdgeLogEntry>();
  const sessions = new Sessions();
  const app = createDemoApp({
    signer,
    sessions,
    library,
    pathPrefix,
    uploads,
    origins: { playback: 'http://localhost:4443', uploads: 'http://127.0.0.1:4566' },
  });
  const rotation = new Rotation(options.rotate ?? (async () => {}));
  app.route(
    '/',
    createBreakThings({
      signer,
      sessions,
      library,
      pathPrefix,
      requests,
      rotation,
    }),
  );

  const kept = new Map<string, string>();
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const answer = await app.request(`${ORIGIN}${path}`, {
      method,
      headers: {
        Origin: ORIGIN,
        Cookie: [...kept].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Max-Age=0/i.test(line)) kept.delete(name);
      else kept.set(name, value);
    }
    return answer;
  };
  return {
    app,
    uploads,
    rotation,
    send,
    signIn: () => send('POST', '/api/session'),
    /** CloudFront's cookies that the browser holds, as it would send them. */
    cookies: () =>
      [...kept]
        .filter(([name]) => name.startsWith('CloudFront-'))
        .map(([name, value]) => `${name}=${value}`)
        .join('; '),
  };
}
