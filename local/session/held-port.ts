/** Keeps a port until the server that it is meant for is ready to listen on it. */

import { createServer } from 'node:net';

/** One of the laptop's fixed ports is in use; the message says which and what to do. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

export interface HeldPort {
  /** Frees the port; may be called again. */
  release(): Promise<void>;
}

/**
 * Takes a port of 127.0.0.1, so that a second run is told at its start and not when the first one begins to serve.
 *
 * @throws {PortTakenError} when something listens there
 */
export async function holdPort(port: number): Promise<HeldPort> {
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
  } catch (cause) {
    throw new PortTakenError(
      `port ${port} on 127.0.0.1 is taken: end what listens there (another npm start?) or change "laptop" in envs/local.ts, and demoPort in its two lists of origins as well`,
      { cause },
    );
  }
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}
