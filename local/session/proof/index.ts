/** The proof of `npm start -- --once`: real requests against the edge, each with what CloudFront must answer. */

import type { SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager';
import { createSigner } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { alignedTable } from '../../../ops/text/aligned-table.ts';
import { type BookPaths, readBookPaths } from './book-paths.ts';

export interface ProofOptions {
  readonly edgeUrl: string;
  /** The name that policies are signed for: the alias or the distribution's own. */
  readonly domain: string;
  /** Name or ARN of the secret with the private key, and how to reach it. */
  readonly secretId: string;
  readonly aws: SecretsManagerClientConfig;
  readonly pathPrefix: string;
  readonly bookId: string;
  /** Whether the environment's thumbnails need no signature. */
  readonly publicThumbnails: boolean;
}

/** One request and its answer, each written as `<status>` or `<status> <CloudFront error code>`. */
export interface ProofRow {
  readonly request: string;
  readonly wanted: string;
  readonly got: string;
}

interface Case {
  readonly request: string;
  readonly wanted: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const HOUR_SECONDS = 3600;
/** Well formed, but no CloudFront key has it. */
const UNKNOWN_KEY_PAIR_ID = 'K00000000000000';

/** Sends every request of the table; never stops at the first wrong answer. */
export async function proveAccess(options: ProofOptions): Promise<ProofRow[]> {
  const { edgeUrl, domain, pathPrefix, bookId } = options;
  const key = secretsManagerKey({ secretId: options.secretId, config: options.aws });
  const signer = createSigner({ key, domain });
  const earlier = createSigner({ key, domain, now: () => new Date(Date.now() - 2 * HOUR_SECONDS * 1000) });
  const folder = `/${pathPrefix}/${bookId}`;

  const { cookies: good } = await signer.signCookies(`${folder}/*`);
  const { cookies: expired } = await earlier.signCookies(`${folder}/*`, { expiresIn: HOUR_SECONDS });
  const { cookies: otherBook } = await signer.signCookies(`${folder}-other/*`);
  const withCookies = { Cookie: cookieHeader(good) };

  const paths = await readBookPaths(edgeUrl, `${folder}/`, withCookies);
  const { url: signedUrl } = await signer.signUrl(paths.playlist);
  const playlist = edgeUrl + paths.playlist;

  const cases: Case[] = [
    ...Object.entries(paths).map(
      ([name, path]): Case => ({
        request: `${name} with cookies`,
        wanted: '200',
        url: edgeUrl + path,
        headers: withCookies,
      }),
    ),
    ...Object.entries(paths).map(
      ([name, path]): Case => ({
        request: `${name} without cookies`,
        wanted: wantedUnsigned(name as keyof BookPaths, options),
        url: edgeUrl + path,
      }),
    ),
    {
      request: 'playlist with expired cookies',
      wanted: '403 AccessDenied',
      url: playlist,
      headers: { Cookie: cookieHeader(expired) },
    },
    {
      request: 'playlist with a tampered policy',
      wanted: '403 AccessDenied',
      url: playlist,
      headers: {
        Cookie: cookieHeader({ ...good, 'CloudFront-Policy': widened(good['CloudFront-Policy'] ?? '') }),
      },
    },
    {
      request: 'playlist with cookies for another book',
      wanted: '403 AccessDenied',
      url: playlist,
      headers: { Cookie: cookieHeader(otherBook) },
    },
    {
      request: 'playlist with an unknown key id',
      wanted: '403 InvalidKey',
      url: playlist,
      headers: { Cookie: cookieHeader({ ...good, 'CloudFront-Key-Pair-Id': UNKNOWN_KEY_PAIR_ID }) },
    },
    { request: 'playlist by signed URL', wanted: '200', url: edgeUrl + pathAndQuery(signedUrl) },
    {
      request: 'first kilobyte of a segment',
      wanted: '206',
      url: edgeUrl + paths.segment,
      headers: { ...withCookies, Range: 'bytes=0-1023' },
    },
  ];

  const rows: ProofRow[] = [];
  for (const { request, wanted, url, headers = {} } of cases) {
    rows.push({ request, wanted, got: await answerOf(await fetch(url, { headers, redirect: 'manual' })) });
  }
  return rows;
}

/** What CloudFront answers without cookies: only a public thumbnail is served. */
export function wantedUnsigned(
  name: keyof BookPaths,
  { publicThumbnails }: Pick<ProofOptions, 'publicThumbnails'>,
): string {
  return publicThumbnails && name === 'thumbnail' ? '200' : '403 MissingKey';
}

/** The rows as aligned text, each with `ok` or `WRONG`. */
export function formatProof(rows: readonly ProofRow[]): string {
  return alignedTable([
    ['request', 'expected', 'got', ''],
    ...rows.map(({ request, wanted, got }) => [request, wanted, got, wanted === got ? 'ok' : 'WRONG']),
  ]).join('\n');
}

async function answerOf(response: Response): Promise<string> {
  const body = await response.text();
  const code = /<Code>([^<]+)<\/Code>/.exec(body)?.[1];
  return code === undefined ? `${response.status}` : `${response.status} ${code}`;
}

function cookieHeader(cookies: Readonly<Record<string, string>>): string {
  return Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
}

/** The policy of somebody who moves its end a year on and keeps the signature. */
function widened(policy: string): string {
  const json = Buffer.from(
    policy.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'),
    'base64',
  ).toString();
  const later = json.replace(
    /"AWS:EpochTime":(\d+)/,
    (_, seconds) => `"AWS:EpochTime":${Number(seconds) + 31_536_000}`,
  );
  return Buffer.from(later).toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}

function pathAndQuery(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
