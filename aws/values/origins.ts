/** Origins of web pages, as browsers send them (RFC 6454 §6.2). */
import { isLoopbackHost } from './loopback.ts';

/** Whether it is one exact origin: scheme, host, and port if it is not the default one; no wildcard, path or slash. */
export function isOrigin(text: string): boolean {
  return !text.includes('*') && URL.canParse(text) && new URL(text).origin === text;
}

/** Whether it is an exact origin whose pages nobody on the way can change: `https:`, or `http:` on this machine. */
export function isSafeOrigin(text: string): boolean {
  if (!isOrigin(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
}
