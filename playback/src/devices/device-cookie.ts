/** Which device a request comes from: a random cookie of its own, and never what its headers say. */

import { base64url } from 'jose';
import { type CookieSettings, cookieName, formatCookie, readCookies } from '../http/cookies.ts';
import { randomId } from '../random-id.ts';

/** The longest that browsers keep a cookie, in seconds: 400 days. */
const MAX_AGE = 34_560_000;
const VALUE = /^[\w-]{22}$/;
const ID_CHARACTERS = 22;

export interface DeviceCookie {
  /** 128 random bits, which only the browser keeps. */
  readonly value: string;
  /**
   * What everybody else sees: store, tokens, lists, logs. It follows from the value, and the value does not follow from it, so
   * that nobody becomes this device who reads it anywhere.
   */
  readonly deviceId: string;
}

/** @returns the device of the request; a new one where it has no cookie, or one that is none of ours */
export async function readDevice(request: Request, settings: CookieSettings): Promise<DeviceCookie> {
  return (await knownDevice(request, settings)) ?? deviceOf(randomId());
}

/** @returns `undefined` where the request has no cookie, or one that is none of ours */
export async function knownDevice(
  request: Request,
  settings: CookieSettings,
): Promise<DeviceCookie | undefined> {
  const value = readCookies(request, nameOf(settings)).find((text) => VALUE.test(text));
  return value === undefined ? undefined : deviceOf(value);
}

/** Set again at every play start, so that a device in use is never forgotten. */
export function formatDeviceCookie({ value }: DeviceCookie, settings: CookieSettings): string {
  return formatCookie(nameOf(settings), { value, path: '/', maxAge: MAX_AGE, ...settings });
}

/** @returns `length` characters of base64url of SHA-256 */
export async function digestOf(text: string, length: number): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return base64url.encode(new Uint8Array(digest)).slice(0, length);
}

async function deviceOf(value: string): Promise<DeviceCookie> {
  return { value, deviceId: await digestOf(`device ${value}`, ID_CHARACTERS) };
}

function nameOf(settings: CookieSettings): string {
  return cookieName('storytime-device', '__Host-', settings);
}
