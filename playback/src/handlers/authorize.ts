/** The caller's own rules: who the viewer is, and what they may play. */

import { isId, isObject, refused } from '../arguments.ts';
import { type Refusal, refusal } from '../http/answers.ts';
import { isVersion } from '../tokens/claims.ts';

/** A title of the library, delivered by CloudFront with cookies. */
interface LibraryTitle {
  /** The library's id. */
  readonly id: string;
  /** The path of the playlist, encoded as in its address: `/books/42/index.m3u8`. Its folder is what the cookies open. */
  readonly playlistPath: string;
  readonly playbackUrl?: never;
  /**
   * Of the encoded files, from 1.
   * @default 1
   */
  readonly version?: number | undefined;
  /**
   * Whether the files are encrypted, so that the token opens a content key.
   * @default false
   */
  readonly encrypted?: boolean | undefined;
  /**
   * Seconds, for what counts as completed.
   * @default - nothing is ever completed
   */
  readonly durationSeconds?: number | undefined;
}

/** A title of another provider, whose address your own code signs: devices, streams and progress work; there are no cookies. */
interface ForeignTitle extends Pick<LibraryTitle, 'id' | 'durationSeconds'> {
  readonly playbackUrl: string;
  readonly playlistPath?: never;
  readonly version?: never;
  readonly encrypted?: never;
}

export type AuthorizedTitle = LibraryTitle | ForeignTitle;

export interface Allowed {
  readonly allowed: true;
  readonly userId: string;
  readonly email?: string | undefined;
  /**
   * What the player shows over the picture.
   * @default `email`, or else `userId`
   */
  readonly watermarkText?: string | undefined;
  readonly title: AuthorizedTitle;
}

/** 401: nobody is signed in. 403: this viewer may not. 404: no such lesson. */
export interface Denied {
  readonly allowed: false;
  readonly status: 401 | 403 | 404;
  /** For the page to switch on, such as `SUBSCRIPTION_EXPIRED`. */
  readonly code: string;
  /**
   * A sentence for people.
   * @default - one for each status
   */
  readonly error?: string | undefined;
  /**
   * The playlist of the lesson, so that a refused heartbeat also removes the cookies of the title at once.
   * @default - they expire by themselves, within five minutes
   */
  readonly playlistPath?: string | undefined;
}

/**
 * Called at every play start and every heartbeat: session, subscription and its end, whether the lesson is premium. The request's
 * body was read already.
 */
export type Authorize = (request: Request, lessonId: string) => Promise<Allowed | Denied> | Allowed | Denied;

/** Who sends a request that is about no lesson. */
export type Identify = (
  request: Request,
) =>
  | Promise<{ readonly allowed: true; readonly userId: string } | Denied>
  | { readonly allowed: true; readonly userId: string }
  | Denied;

const SENTENCES: Readonly<Record<number, string>> = {
  401: 'Sign in first',
  403: 'You may not play this',
  404: 'Lesson not found',
};

/** @throws PlaybackError `ERR_ARGUMENT` for an answer that is none */
export function readAnswer<Answer extends { readonly allowed: true; readonly userId: string }>(
  name: string,
  answer: Answer | Denied,
): Answer | (Denied & { readonly refusal: Refusal }) {
  if (!isObject(answer) || typeof answer.allowed !== 'boolean') {
    throw refused(`"${name}" must answer { allowed: true, … } or { allowed: false, status, code }`);
  }
  if (answer.allowed) {
    if (!isId(answer.userId)) throw refused(`"${name}" must answer a "userId" of 1 to 256 bytes`);
    return answer as Answer;
  }
  const { status, code, error } = answer as Denied;
  if (!(status in SENTENCES) || typeof code !== 'string') {
    throw refused(`"${name}" must refuse with a status of 401, 403 or 404 and a code`);
  }
  return { ...(answer as Denied), refusal: refusal(status, code, error ?? SENTENCES[status] ?? code) };
}

/** @throws PlaybackError `ERR_ARGUMENT` */
export function readTitle({ title }: Allowed): AuthorizedTitle {
  if (!isObject(title) || !isId(title.id)) throw refused('"authorize" must answer a "title" with an id');
  const { playlistPath, playbackUrl, version, encrypted, durationSeconds } = title as {
    [Name in keyof LibraryTitle]?: unknown;
  };
  if ((typeof playlistPath === 'string') === (typeof playbackUrl === 'string')) {
    throw refused('"title" must have a "playlistPath" or a "playbackUrl", and not both');
  }
  if (typeof playlistPath === 'string' && !/^\/[^?#]*$/.test(playlistPath)) {
    throw refused('"title.playlistPath" must be a path that begins with "/", without a query');
  }
  if (version !== undefined && !isVersion(version))
    throw refused('"title.version" must be a whole number from 1 to 999,999');
  if (encrypted !== undefined && typeof encrypted !== 'boolean') {
    throw refused('"title.encrypted" must be true or false');
  }
  if (durationSeconds !== undefined && !isDuration(durationSeconds)) {
    throw refused(
      '"title.durationSeconds" must be a number of seconds above 0; omit it where it is not known',
    );
  }
  return title as unknown as AuthorizedTitle;
}

function isDuration(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY;
}
