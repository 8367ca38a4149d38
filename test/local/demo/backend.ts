/** The demo's backend in process, with a real signer and somebody at a browser: cookies kept, `Origin` sent. */

import { generateKeyPairSync } from 'node:crypto';
import { createSigner, type KeySource, staticKey } from '@storytime/signer';
import type { EdgeLogEntry } from '../../../edge/index.ts';
import { createDemoApp } from '../../../local/demo/app.ts';
import { createBreakThings } from '../../../local/demo/break-things.ts';
import type { Ingest } from '../../../local/demo/ingest.ts';
import { Library } from '../../../local/demo/library.ts';
import { RequestFeed } from '../../../local/demo/request-feed.ts';
import { type RotateKey, Rotation } from '../../../local/demo/rotation.ts';
import { Sessions } from '../../../local/demo/sessions.ts';

export const KEY_PAIR_ID = 'K2EXAMPLEKEY01';
export const DOMAIN = 'd111111abcdef8.cloudfront.net';
export const ORIGIN = 'http://localhost:4400';
const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const trustedKeys = new Map([[KEY_PAIR_ID, pair.publicKey]]);

/** Takes everything in, without S3 and MediaConvert: those are run by the browser's tests. */
const ingest: Ingest = {
  contentTypes: ['video/mp4'],
  maxBytes: 1000,
  longestSeconds: 600,
  refusalOf: ({ bytes }) => (bytes > 1000 ? 'the file is larger than 1000 bytes: export it smaller' : null),
  createUpload: async ({ bookId }) => ({ url: 'http://127.0.0.1:4566/uploads', fields: { key: bookId } }),
  transcode: async () => {},
  reasonOf: (error) => String(error),
};

export function startBackend(
  options: { ingest?: Partial<Ingest>; rotate?: RotateKey; key?: KeySource; pathPrefix?: string } = {},
) {
  const signer = createSigner({
    key: options.key ?? staticKey({ keyPairId: KEY_PAIR_ID, privateKey: pair.privateKey }),
    domain: DOMAIN,
    maxExpiresIn: 60,
    defaultExpiresIn: 60,
  });
  const library = new Library([{ id: '42', title: 'The hare', state: { status: 'ready' } }]);
  const requests = new RequestFeed<EdgeLogEntry>();
  const sessions = new Sessions();
  const app = createDemoApp({
    signer,
    sessions,
    library,
    pathPrefix: options.pathPrefix ?? 'books',
    ingest: { ...ingest, ...options.ingest },
    origins: { playback: 'http://localhost:4443', uploads: 'http://127.0.0.1:4566' },
  });
  const rotation = new Rotation(options.rotate ?? (async () => {}));
  app.route(
    '/',
    createBreakThings({
      signer,
      sessions,
      library,
      pathPrefix: options.pathPrefix ?? 'books',
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
    library,
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
