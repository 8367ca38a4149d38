/**
 * The play starts of a browser, so that a heartbeat without a token belongs to the right one: the last eight lessons, each
 * with the id of its stream.
 */

import { type CookieSettings, cookieName, formatCookie, readCookies } from '../http/cookies.ts';
import { randomId } from '../random-id.ts';
import { type DeviceCookie, digestOf } from './device-cookie.ts';

const MOST_ENTRIES = 8;
/** One day, in seconds: longer than anybody plays one lesson without a new start. */
const MAX_AGE = 86_400;
const TAG_CHARACTERS = 8;
const HALF = 11;
const ENTRY = /^[\w-]{8}\.[\w-]{22}$/;

/**
 * Random, and of this device: the second half proves by the device's cookie that the id was made for it, so that two
 * devices cannot count as one stream.
 */
export async function newStreamId(device: DeviceCookie): Promise<string> {
  const random = randomId().slice(0, HALF);
  return `${random}${await proofOf(random, device)}`;
}

export async function isStreamOf(streamId: string, device: DeviceCookie): Promise<boolean> {
  return streamId.slice(HALF) === (await proofOf(streamId.slice(0, HALF), device));
}

/** @returns the stream of the lesson that this browser started last; `undefined` where there is none */
export async function readStreamId(
  request: Request,
  lessonId: string,
  device: DeviceCookie,
  settings: CookieSettings,
): Promise<string | undefined> {
  const tag = await tagOf(lessonId);
  const found = entriesOf(request, settings).find((entry) => entry.startsWith(`${tag}.`));
  const streamId = found?.slice(TAG_CHARACTERS + 1);
  return streamId !== undefined && (await isStreamOf(streamId, device)) ? streamId : undefined;
}

/** The cookie with this stream in front of the others. */
export async function formatStreamCookie(
  request: Request,
  { lessonId, streamId }: { readonly lessonId: string; readonly streamId: string },
  settings: CookieSettings,
): Promise<string> {
  const tag = await tagOf(lessonId);
  const others = entriesOf(request, settings).filter((entry) => !entry.startsWith(`${tag}.`));
  const value = [`${tag}.${streamId}`, ...others].slice(0, MOST_ENTRIES).join('~');
  return formatCookie(nameOf(settings), { value, path: '/', maxAge: MAX_AGE, ...settings });
}

function entriesOf(request: Request, settings: CookieSettings): string[] {
  const [value = ''] = readCookies(request, nameOf(settings));
  return value.split('~').filter((entry) => ENTRY.test(entry));
}

const tagOf = (lessonId: string) => digestOf(`lesson ${lessonId}`, TAG_CHARACTERS);
const proofOf = (random: string, { value }: DeviceCookie) => digestOf(`stream ${random} ${value}`, HALF);

function nameOf(settings: CookieSettings): string {
  return cookieName('storytime-streams', '__Host-', settings);
}
