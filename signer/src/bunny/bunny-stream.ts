/** The Stream API of Bunny, as far as a backend needs it to take videos in: create, look, delete, fetch from a URL. */

import { assertSignal, assertString, readOptions, wrongType } from '../arguments.ts';
import { withDeadline } from '../deadline.ts';
import { SignerError, type SignerErrorCode, SignerTypeError } from '../errors.ts';
import { parseSeconds } from '../policy/time-window.ts';
import { ServiceFailure, withoutResponse } from '../service-failure.ts';
import { textOf } from './answer-text.ts';
import { parseEndpoint } from './endpoint.ts';
import { assertKey, parseLibraryId } from './keys.ts';
import type { BunnyVideoStatus } from './statuses.ts';
import { assertVideoId, parseBunnyVideoId } from './video-id.ts';

export interface BunnyStreamOptions {
  /** The video library's number. */
  readonly libraryId: string | number;
  /** The library's API key, from the library's page "API"; the account's key is another one. */
  readonly apiKey: string;
  /**
   * Seconds after which one call is given up.
   * @default 10
   */
  readonly timeoutSeconds?: number | undefined;
  /**
   * Ends the calls under way and refuses further ones, as at shutdown.
   * @default - calls end by themselves
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Another origin than Bunny's, such as that of the local Bunny edge: `https`, or `http` on this machine.
   * @default 'https://video.bunnycdn.com'
   */
  readonly endpoint?: string | undefined;
}

export interface BunnyCreateVideo {
  /** Not empty. */
  readonly title: string;
  /**
   * The GUID of a collection.
   * @default - none
   */
  readonly collectionId?: string | undefined;
  /**
   * Where in the video the thumbnail is taken, in milliseconds.
   * @default - Bunny chooses
   */
  readonly thumbnailTimeMs?: number | undefined;
}

export interface BunnyFetchVideo {
  /** Where Bunny gets the file: an `http` or `https` URL. It may hold a token of that host. */
  readonly url: string;
  /**
   * Headers that Bunny sends along, such as `authorization`.
   * @default - none
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * @default - Bunny takes the file's name
   */
  readonly title?: string | undefined;
  /**
   * The GUID of a collection.
   * @default - none
   */
  readonly collectionId?: string | undefined;
  /**
   * Where in the video the thumbnail is taken, in milliseconds.
   * @default - Bunny chooses
   */
  readonly thumbnailTimeMs?: number | undefined;
}

/** What the API says of a video, by the names of this package; `raw` has everything else. */
export interface BunnyVideo {
  /** A GUID in lower case: what to store. */
  readonly videoId: string;
  readonly title: string;
  /** One of `BunnyVideoStatus`; a number that is not among them is one that Bunny added since. */
  readonly status: BunnyVideoStatus | (number & {});
  /** 0 to 100. */
  readonly encodeProgressPercent: number;
  readonly lengthSeconds: number;
  /** `['240p', '720p']`; empty before the first is done. */
  readonly availableResolutions: readonly string[];
  /** The answer's JSON object as it came. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface BunnyStream {
  /**
   * A video without a file yet; `signTusUpload` lets a browser upload one. Called twice it makes two.
   *
   * @throws SignerError `ERR_BUNNY_…`
   */
  createVideo(options: BunnyCreateVideo): Promise<BunnyVideo>;
  /** @throws SignerError `ERR_BUNNY_NOT_FOUND`, `ERR_BUNNY_…`, `ERR_RESOURCE_VIDEO_ID` */
  getVideo(videoId: string): Promise<BunnyVideo>;
  /**
   * Deletes the video with all its files, for good.
   *
   * @throws SignerError `ERR_BUNNY_NOT_FOUND`, `ERR_BUNNY_…`, `ERR_RESOURCE_VIDEO_ID`
   */
  deleteVideo(videoId: string): Promise<void>;
  /**
   * Has Bunny fetch a file; returns before it has. Called twice it makes two videos.
   *
   * @returns the id of the new video; `undefined` if the answer has none, which Bunny's schema leaves open
   * @throws SignerError `ERR_BUNNY_REFUSED` when Bunny could not fetch it, `ERR_BUNNY_…`
   */
  fetchVideo(options: BunnyFetchVideo): Promise<{ readonly videoId: string | undefined }>;
}

interface ApiCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/library/<id>/videos`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

const STREAM_OPTIONS = ['libraryId', 'apiKey', 'timeoutSeconds', 'signal', 'endpoint'] as const;
const CREATE_OPTIONS = ['title', 'collectionId', 'thumbnailTimeMs'] as const;
const FETCH_OPTIONS = ['url', 'headers', 'title', 'collectionId', 'thumbnailTimeMs'] as const;

/**
 * A client of one video library. Each call is one request, without a retry, ends within `timeoutSeconds`, and follows no
 * redirect, which could carry the key to another host. No error holds the key, nor anything of an answer but its status.
 *
 * @throws SignerError `ERR_BUNNY_KEY`, `ERR_BUNNY_LIBRARY_ID`, `ERR_EXPIRY_INVALID`; SignerTypeError `ERR_ARGUMENT_…`
 * @see https://docs.bunny.net/api-reference/stream
 * @example
 * const stream = bunnyStream(bunnyStreamEnv());
 * const { videoId } = await stream.createVideo({ title: 'Lecture 1' });
 */
export function bunnyStream(given: BunnyStreamOptions): BunnyStream {
  const options = readOptions('bunnyStream', given, STREAM_OPTIONS);
  const { apiKey, signal } = options;
  const libraryId = parseLibraryId(options.libraryId);
  assertKey('apiKey', apiKey);
  if (signal !== undefined) assertSignal('signal', signal);
  const timeoutSeconds = parseSeconds('timeoutSeconds', options.timeoutSeconds ?? 10);
  const base = `${parseEndpoint('endpoint', options.endpoint)}/library/${libraryId}/videos`;

  async function call(what: string, request: ApiCall): Promise<Json> {
    const answer = await send(request).catch((error: unknown) => {
      const cause = withoutResponse(networkError(error));
      throw failure('ERR_BUNNY_CALL', `${what} failed: ${cause.name}; ${remedyFor(cause, signal)}`, cause);
    });
    if (answer.status < 200 || answer.status > 299) throw refusal(what, answer.status);
    const json = parseJson(answer.text);
    if (json === undefined) {
      const cause = new ServiceFailure('UnknownError', { httpStatusCode: answer.status });
      throw failure(
        'ERR_BUNNY_ANSWER',
        `${what}: the answer is not a JSON object; is "endpoint" right?`,
        cause,
      );
    }
    return json;
  }

  function send({ method, path, query = {}, body }: ApiCall): Promise<{ status: number; text: string }> {
    const url = new URL(`${base}${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return withDeadline(
      async (abort) => {
        const response = await fetch(url, {
          method,
          headers: {
            AccessKey: apiKey,
            accept: 'application/json',
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          redirect: 'manual',
          signal: abort,
        });
        return { status: response.status, text: await textOf(response) };
      },
      { timeoutSeconds, signal },
    );
  }

  return Object.freeze({
    async createVideo(given: BunnyCreateVideo): Promise<BunnyVideo> {
      const { title, collectionId, thumbnailTimeMs } = readOptions('createVideo', given, CREATE_OPTIONS);
      assertTitle(title);
      assertPlace(collectionId, thumbnailTimeMs);
      const body = { title, collectionId, thumbnailTime: thumbnailTimeMs };
      return readVideo(
        'creating the video',
        await call('creating the video', { method: 'POST', path: '', body }),
      );
    },

    async getVideo(videoId: string): Promise<BunnyVideo> {
      assertVideoId(videoId);
      return readVideo(
        'reading the video',
        await call('reading the video', { method: 'GET', path: `/${videoId}` }),
      );
    },

    async deleteVideo(videoId: string): Promise<void> {
      assertVideoId(videoId);
      await call('deleting the video', { method: 'DELETE', path: `/${videoId}` });
    },

    async fetchVideo(given: BunnyFetchVideo): Promise<{ readonly videoId: string | undefined }> {
      const { url, headers, title, collectionId, thumbnailTimeMs } = readOptions(
        'fetchVideo',
        given,
        FETCH_OPTIONS,
      );
      assertFetchUrl(url);
      if (headers !== undefined) assertHeaders(headers);
      if (title !== undefined) assertTitle(title);
      assertPlace(collectionId, thumbnailTimeMs);
      const answer = await call('fetching the video', {
        method: 'POST',
        path: '/fetch',
        query: { collectionId, thumbnailTime: thumbnailTimeMs },
        body: { url, headers, title },
      });
      return { videoId: typeof answer.id === 'string' ? readId('fetching the video', answer.id) : undefined };
    },
  });
}

function readVideo(what: string, raw: Json): BunnyVideo {
  const { guid, title, status, encodeProgress, length, availableResolutions } = raw;
  if (typeof status !== 'number') throw noVideo(what);
  return {
    videoId: readId(what, guid),
    title: typeof title === 'string' ? title : '',
    status,
    encodeProgressPercent: typeof encodeProgress === 'number' ? encodeProgress : 0,
    lengthSeconds: typeof length === 'number' ? length : 0,
    availableResolutions:
      typeof availableResolutions === 'string' ? availableResolutions.split(',').filter(Boolean) : [],
    raw,
  };
}

function readId(what: string, guid: unknown): string {
  try {
    return parseBunnyVideoId(guid as string);
  } catch {
    throw noVideo(what);
  }
}

function noVideo(what: string): SignerError {
  return failure('ERR_BUNNY_ANSWER', `${what}: the answer does not describe a video; is "endpoint" right?`);
}

const REFUSALS: Readonly<Record<number, readonly [SignerErrorCode, remedy: string]>> = {
  400: ['ERR_BUNNY_REFUSED', 'Bunny refused the request; check what was passed'],
  401: [
    'ERR_BUNNY_CREDENTIALS',
    "check that the key is this library's API key, and not the account's or a token key",
  ],
  403: ['ERR_BUNNY_CREDENTIALS', 'this key has no permission for this call; the read-only key can only read'],
  404: ['ERR_BUNNY_NOT_FOUND', 'there is no such video in this library; check "libraryId" too'],
};

function refusal(what: string, status: number): SignerError {
  const [code, remedy] = REFUSALS[status] ?? ['ERR_BUNNY_CALL', 'try again later'];
  const cause = new ServiceFailure('UnknownError', { httpStatusCode: status });
  return failure(code, `${what} failed with HTTP status ${status}: ${remedy}`, cause);
}

function failure(code: SignerErrorCode, message: string, cause?: ServiceFailure): SignerError {
  return new SignerError(code, message, cause && { cause });
}

function remedyFor({ name }: ServiceFailure, signal: AbortSignal | undefined): string {
  if (signal?.aborted) return 'it was aborted by "signal"; pass a signal that has not fired';
  return name === 'TimeoutError'
    ? 'try again later, or raise "timeoutSeconds"'
    : 'check "endpoint" and whether this machine reaches it, or try again later';
}

/** What failed is in the cause of fetch()'s own "fetch failed", whose message may hold a header. */
function networkError(error: unknown): unknown {
  return error instanceof TypeError && error.cause !== undefined ? error.cause : error;
}

function parseJson(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

function assertTitle(title: unknown): void {
  assertString('title', title);
  if (title.trim() === '') throw wrongType('"title"', 'a text that is not empty', title);
}

function assertPlace(collectionId: unknown, thumbnailTimeMs: unknown): void {
  if (collectionId !== undefined) assertString('collectionId', collectionId);
  if (thumbnailTimeMs === undefined) return;
  if (!Number.isSafeInteger(thumbnailTimeMs) || (thumbnailTimeMs as number) < 0) {
    throw wrongType('"thumbnailTimeMs"', 'whole milliseconds, 0 or more', thumbnailTimeMs);
  }
}

function assertFetchUrl(url: unknown): void {
  assertString('url', url);
  const isWeb = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!isWeb) throw new SignerTypeError('ERR_ARGUMENT_TYPE', '"url" must be a whole http or https URL');
}

function assertHeaders(headers: unknown): void {
  const isRecord = typeof headers === 'object' && headers !== null && !Array.isArray(headers);
  if (isRecord && Object.values(headers).every((value) => typeof value === 'string')) return;
  throw wrongType('"headers"', 'an object of header names and texts', headers);
}
