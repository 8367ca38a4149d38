/**
 * Keeps web pages away from a server on loopback. A browser lets every page send requests to it: a page of another
 * origin sends `Origin` or a `Sec-Fetch-Site` that says so, and one whose name was made to lead here (DNS rebinding)
 * sends that name as `Host`. Pure.
 *
 * @see https://www.w3.org/TR/fetch-metadata/
 */
import type { IncomingMessage } from 'node:http';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '[::1]'];

type Asked = Pick<IncomingMessage, 'headers' | 'rawHeaders'>;

/** Whether the request names this machine and the port that it came in by, once. */
export function isForThisServer({ headers, rawHeaders }: Asked, port: number | undefined): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  return (
    hosts.length === 1 && LOOPBACK_NAMES.some((name) => headers.host?.toLowerCase() === `${name}:${port}`)
  );
}

/** Whether a web page sends it. An address that a person types into a browser is no page's (`none`). */
export function isFromPage({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  return headers.origin !== undefined || (headers['sec-fetch-site'] ?? 'none') !== 'none';
}
