/**
 * Holds the unit tests to what their name promises: a unit test starts no process and talks to nobody but servers of its
 * own process on loopback. Whatever tries is refused and fails its test, also where the code under test swallows the refusal.
 */

import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { afterAll, afterEach } from 'vitest';
import { isLoopbackHost } from '../../aws/values/loopback.ts';

const START = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const;
const REMEDY =
  'name its file *.cloud.test.ts, *.terraform.test.ts or *.browser.test.ts, after what it needs, or move the test into such a file';

/** Kept where every evaluation of this file finds it: files share a process here, and what is patched is patched once. */
const REFUSED = Symbol.for('storytime.refused');
const globals = globalThis as { [REFUSED]?: string[] };
const isPatched = globals[REFUSED] !== undefined;
globals[REFUSED] ??= [];
const refused = globals[REFUSED];

/** What was refused since the last call. */
export function takeRefused(): string[] {
  return refused.splice(0);
}

function refuse(what: string): never {
  const sentence = `a unit test ${what}: ${REMEDY}`;
  refused.push(sentence);
  throw new Error(sentence);
}

function failIfRefused(): void {
  const [first] = takeRefused();
  if (first !== undefined) throw new Error(first);
}

/** Where `connect` and `listen` of a socket lead; null for a socket of the file system. */
function hostOf(args: readonly unknown[]): string | null {
  // `net.connect` hands its arguments on as one normalized list.
  const [first, second] = (Array.isArray(args[0]) ? args[0] : args) as unknown[];
  if (typeof first === 'object' && first !== null) {
    const { host, path } = first as { host?: string; path?: string };
    return path === undefined || path === null ? (host ?? '') : null;
  }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return null;
  return typeof second === 'string' ? second : '';
}

function isHere(host: string): boolean {
  return isLoopbackHost(host.includes(':') ? `[${host}]` : host);
}

if (!isPatched) {
  for (const name of START) {
    Object.assign(childProcess, { [name]: () => refuse(`started a process (${name})`) });
  }
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
    const host = hostOf(args);
    // Node connects to localhost when no host is named.
    if (host === null || !isHere(host || 'localhost')) refuse('connected to another machine or program');
    return Reflect.apply(connect, this, args);
  } as typeof connect;
  const { listen } = net.Server.prototype;
  net.Server.prototype.listen = function (this: net.Server, ...args: unknown[]) {
    const host = hostOf(args);
    if (host === null || !isHere(host)) refuse('listened on more than loopback');
    return Reflect.apply(listen, this, args);
  } as typeof listen;
  dgram.createSocket = () => refuse('opened a UDP socket');
  syncBuiltinESMExports();
}

afterEach(failIfRefused);
afterAll(failIfRefused);
