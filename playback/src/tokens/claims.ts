/** What a token says, on the wire and in code. */

import { isId } from '../arguments.ts';
import { LARGEST_VERSION } from '../store/bounds.ts';

/** The encoded files whose content key the token opens. */
export interface TokenTitle {
  readonly id: string;
  /** From 1. */
  readonly version: number;
}

export interface PlaybackClaims {
  readonly userId: string;
  readonly lessonId: string;
  readonly deviceId: string;
  /** The `jti`: one for each play start, the same in the tokens that follow it. */
  readonly streamId: string;
  /** - absent for a title that is not encrypted */
  readonly title?: TokenTitle;
  readonly issuedAt: Date;
  /** First instant at which the token is refused. */
  readonly expiresAt: Date;
}

export type NewClaims = Omit<PlaybackClaims, 'issuedAt' | 'expiresAt'>;

/** The payload without times and audience, by the customer's names. */
export function toPayload({
  userId,
  lessonId,
  deviceId,
  streamId,
  title,
}: NewClaims): Record<string, unknown> {
  return {
    user_id: userId,
    lesson_id: lessonId,
    device_id: deviceId,
    ...(title && { title_id: title.id, title_version: title.version }),
    jti: streamId,
  };
}

/**
 * Its own properties alone, each of its type: a signature says who wrote the JSON, and not what is in it.
 *
 * @returns `undefined` where a claim is missing or has another type
 */
export function readPayload(payload: object): PlaybackClaims | undefined {
  const own: Readonly<Record<string, unknown>> = Object.assign(Object.create(null), payload);
  const { user_id, lesson_id, device_id, title_id, title_version, jti, iat, exp } = own;
  if (!isId(user_id) || !isId(lesson_id) || !isId(device_id) || !isId(jti)) return undefined;
  if (!isSeconds(iat) || !isSeconds(exp)) return undefined;
  const hasTitle = title_id !== undefined || title_version !== undefined;
  if (hasTitle && !(isId(title_id) && isVersion(title_version))) return undefined;
  return {
    userId: user_id,
    lessonId: lesson_id,
    deviceId: device_id,
    streamId: jti,
    ...(hasTitle && { title: { id: title_id as string, version: title_version as number } }),
    issuedAt: new Date(iat * 1000),
    expiresAt: new Date(exp * 1000),
  };
}

export function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= LARGEST_VERSION;
}

/** Up to the last second of the year 9999. */
function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 253_402_300_800;
}
