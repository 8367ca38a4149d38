/** A server in a process of its own, so that what it holds can be told from what its viewers hold. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What a process holds once everything that can be freed is. */
export interface Usage {
  readonly heapBytes: number;
  /** Buffers, outside the heap. */
  readonly externalBytes: number;
  readonly residentBytes: number;
  /** Sockets too; null where the system does not say. */
  readonly openFiles: number | null;
}

export interface ServerProcess {
  readonly port: number;
  /** Only of a server that answers it. */
  usage(): Promise<Usage>;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

/** Starts a script that sends `{ port }` once it listens on 127.0.0.1. */
export async function startServer(script: URL, args: readonly string[]): Promise<ServerProcess> {
  const child = fork(script, args, { execArgv: ['--expose-gc', '--import', 'tsx/esm'] });
  const exited = once(child, 'exit');
  const { port } = (await nextMessage(child, exited)) as { port: number };
  return {
    port,
    usage: () => {
      child.send('usage');
      return nextMessage(child, exited) as Promise<Usage>;
    },
    end: async () => {
      child.kill();
      await exited;
    },
  };
}

async function nextMessage(child: ChildProcess, exited: Promise<unknown>): Promise<unknown> {
  const ended = exited.then(() => {
    throw new Error(`${child.spawnargs.at(-1)} ended before it answered`);
  });
  const [message] = await Promise.race([once(child, 'message'), ended]);
  return message;
}
