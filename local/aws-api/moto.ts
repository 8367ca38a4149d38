/** moto as a child process: it lives exactly as long as this process and `close` allow. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { findPython } from './python.ts';

const STARTER = fileURLToPath(new URL('moto_server.py', import.meta.url));
const STDERR_LINES_KEPT = 20;

type MotoProcess = ChildProcessByStdio<Writable, Readable, Readable>;

export interface Moto {
  readonly port: number;
  /** Made for this run; moto answers to no request without it, since any web page can send to a port of loopback. */
  readonly key: string;
  close(): Promise<void>;
}

/**
 * Starts moto on a free loopback port.
 *
 * @param options.reserved services that moto may be asked for under their own name only
 * @param options.restoreSeconds how long an archived object of S3 takes to be restored, a quarter of a second by default
 * @throws Error when no Python can import moto, or moto ends before it listens (with its last lines)
 */
export async function startMoto(options: {
  readonly accountId: string;
  readonly region: string;
  readonly reserved: readonly string[];
  readonly restoreSeconds?: number;
}): Promise<Moto> {
  const python = await findPython();
  if (python === null) {
    throw new Error('no Python can import moto; install it with: pip install -r local/requirements.txt');
  }
  const child = spawn(python, [STARTER], {
    // Its own process group: a terminal's Ctrl-C would otherwise end it before Terraform has saved its state.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      // moto talks to nobody but us; a proxy from the environment would catch its calls to itself.
      NO_PROXY: '*',
      PYTHONDONTWRITEBYTECODE: '1',
      MOTO_ACCOUNT_ID: options.accountId,
      MOTO_ALLOW_NONEXISTENT_REGION: 'true',
      // A certificate is issued as soon as it is proved, which a service for ACM that is handed in watches over.
      MOTO_ACM_VALIDATION_WAIT: '-1',
      MOTO_DISABLE_GLOBAL_CORS: 'true',
      AWS_DEFAULT_REGION: options.region,
    },
  });
  // The pipe breaks when moto dies first; its exit is what tells, not the write error.
  child.stdin.on('error', () => {});
  // By a pipe: arguments and environments are shown to others and inherited by children.
  const key = randomBytes(32).toString('base64url');
  const { reserved, restoreSeconds = 0.25 } = options;
  child.stdin.write(`${JSON.stringify({ key, reserved, restoreSeconds })}\n`);
  const exited = once(child, 'exit').catch(() => []);
  const port = await listeningPort(child, python);
  return {
    port,
    key,
    close: async () => {
      child.stdin.end();
      await exited;
    },
  };
}

function listeningPort(child: MotoProcess, python: string): Promise<number> {
  // Kept only for the message of a failed start: later lines could hold request bodies.
  const lastLines: string[] = [];
  createInterface(child.stderr).on('line', (line) => {
    lastLines.push(line);
    if (lastLines.length > STDERR_LINES_KEPT) lastLines.shift();
  });
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(Number(line)));
    child.once('error', (error) => reject(new Error(`could not start ${python}`, { cause: error })));
    child.once('exit', (code) => {
      reject(new Error([`moto ended with code ${code} before it listened`, ...lastLines].join('\n')));
    });
  });
}
