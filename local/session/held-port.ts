/** Keeps a port until the server that it is meant for is ready to listen on it. */

import { createServer } from 'node:net';

/** A port of the run cannot be listened on; the message says which and what to do. */
export class PortUnavailableError extends Error {
  override readonly name = 'PortUnavailableError';
}

export interface HeldPort {
  /** Frees the port; may be called again. */
  release(): Promise<void>;
}

/**
 * Takes a port of 127.0.0.1, so that a second run is told at its start and not when the first one begins to serve.
 *
 * @param option - what chooses the port: `--port`
 * @throws {PortUnavailableError} when something listens there, or this account may not
 */
export async function holdPort(port: number, option: string): Promise<HeldPort> {
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (cause) {
    throw new PortUnavailableError(reasonOf(cause as NodeJS.ErrnoException, { port, option }), { cause });
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function reasonOf(
  { code, message }: NodeJS.ErrnoException,
  { port, option }: { port: number; option: string },
): string {
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} on 127.0.0.1 is already in use: end the program that uses it (another npm start?), or choose another port with ${option}`;
    case 'EACCES':
      return `this user may not listen on port ${port}: choose a port from 1024 to 65535 with ${option}`;
    default:
      return `port ${port} on 127.0.0.1 cannot be used (${message}): choose another port with ${option}`;
  }
}
