/** moto as a process of its own: an AWS API on a free port of loopback. */

import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

export interface Moto {
  readonly port: number;
  /** Region, endpoint and credentials for a client of it; one attempt per call. */
  readonly config: {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly maxAttempts: number;
  };
  stop(): Promise<void>;
}

export function configFor(port: number): Moto['config'] {
  return {
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const moto = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    stdio: 'ignore',
  });
  const stop = async () => {
    if (moto.exitCode !== null) return;
    const ended = new Promise((resolve) => moto.once('exit', resolve));
    moto.kill();
    await ended;
  };
  for (let attempt = 0; attempt < 150; attempt++) {
    if (moto.exitCode !== null) throw new Error(`moto ended with ${moto.exitCode}`);
    const answers = await fetch(`http://127.0.0.1:${port}/moto-api/`).then(
      () => true,
      () => false,
    );
    if (answers) return { port, config: configFor(port), stop };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop();
  throw new Error('moto did not answer within 30 seconds');
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}
