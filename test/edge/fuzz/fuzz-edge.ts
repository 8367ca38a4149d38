/** A running edge over a folder, with files around that folder which nobody may ever see. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createDirectoryOrigin } from '../../../edge/directory-origin.ts';
import type { Origin } from '../../../edge/origin.ts';
import { type EdgeLogEntry, runEdge } from '../../../edge/run-edge.ts';
import { type HonestRequest, honestRequest } from '../../support/hostile-fields.ts';
import { behaviour, DOMAIN, distribution, NOW } from '../fixture.ts';

/** In the object that needs a signature. */
export const PRIVATE_TEXT = 'text-of-the-private-object';
/** In the object that needs none. */
export const OPEN_TEXT = 'text-of-the-open-object';
/** In every file outside the folder. */
export const CANARY_TEXT = 'canary-outside-the-folder';

export const PRIVATE_PATH = '/books/42/index.m3u8';
/** Private too, and opened by none of the cookies of `/books/42/*`. */
export const PAID_PATH = '/books/99/paid.mp4';
const FREE_PATH = '/free-sample.mp4';
const KEY_PAIR_ID = 'K2JCJMDEHXQW5F';

export interface FuzzEdge {
  readonly port: number;
  /** The port that stands for 80. */
  readonly httpPort: number;
  /** Names and values of a signature that opens `/books/42/*` at the distribution's own name. */
  readonly signed: readonly (readonly [name: string, value: string])[];
  /** What viewers were given: canned URLs of a free file, cookies of `/books/42/*`. Nothing opens `PAID_PATH`. */
  readonly honest: readonly HonestRequest[];
  /** Of the key that they are signed with, trusted as `Key-Pair-Id` says. */
  readonly publicPem: string;
  /** The signature as a Cookie header's value. */
  readonly cookie: string;
  /** Every request that was logged. */
  readonly log: readonly EdgeLogEntry[];
  /** Paths that the origin was asked for. */
  readonly asked: readonly string[];
  /** What the edge calls a failure of its own. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

export async function startFuzzEdge(): Promise<FuzzEdge> {
  const around = mkdtempSync(join(tmpdir(), 'edge-fuzz-'));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(around, path)), { recursive: true });
    writeFileSync(join(around, path), text);
  };
  put(`bucket${PRIVATE_PATH}`, PRIVATE_TEXT);
  put(`bucket${PAID_PATH}`, PRIVATE_TEXT);
  put(`bucket${FREE_PATH}`, OPEN_TEXT);
  put('bucket/open/a.txt', OPEN_TEXT);
  for (const path of [
    'canary.txt',
    'bucket.txt',
    'bucket-other/canary.txt',
    'open/a.txt',
    'books/42/index.m3u8',
  ]) {
    put(path, CANARY_TEXT);
  }
  symlinkSync('../../canary.txt', join(around, 'bucket/open/link.txt'));
  symlinkSync(around, join(around, 'bucket/open/folder'));

  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const trustedKeys = new Map([[KEY_PAIR_ID, pem]]);
  const judged = distribution({
    behaviours: [
      { ...behaviour(), pathPattern: 'open/*', trustedKeys: null },
      { ...behaviour(), trustedKeys },
    ],
  });
  const log: EdgeLogEntry[] = [];
  const asked: string[] = [];
  const warnings: string[] = [];
  const directory = createDirectoryOrigin({ directory: join(around, 'bucket') });
  const origin: Origin = {
    ...directory,
    fetch: (request) => {
      asked.push(request.path);
      return directory.fetch(request);
    },
  };
  const source = { current: async () => judged, refresh: async () => undefined, close: () => undefined };
  const edge = await runEdge(source, origin, {
    // Each request must find its own way to the folder.
    cache: false,
    now: () => NOW,
    onRequest: (entry) => log.push(entry),
    onWarning: (message) => warnings.push(message),
  });

  const expiry = NOW.getTime() / 1000 + 3600;
  const signedFor = (path: string, options: Partial<Parameters<typeof honestRequest>[1]>) =>
    honestRequest(`https://${DOMAIN}${path}`, {
      kind: 'canned',
      expires: expiry,
      key: { id: KEY_PAIR_ID, privateKey },
      ...options,
    });
  const resource = `https://${DOMAIN}/books/42/*`;
  const book = signedFor(PRIVATE_PATH, { kind: 'custom', resource });
  const honest = [
    signedFor(FREE_PATH, {}),
    signedFor(FREE_PATH, { hash: 'SHA256' }),
    book,
    signedFor(PRIVATE_PATH, { kind: 'custom', resource, hash: 'SHA256' }),
  ];
  const signed = Object.entries(book.fields);
  return {
    port: Number(new URL(edge.url).port),
    httpPort: Number(new URL(edge.httpUrl).port),
    signed,
    cookie: signed.map(([name, value]) => `CloudFront-${name}=${value}`).join('; '),
    ...{ log, asked, warnings, honest, publicPem: pem },
    close: async () => {
      await edge.close();
      rmSync(around, { recursive: true });
    },
  };
}
