/** A process of the proof: started by us, spoken to over a channel, and gone when we are. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Child<In, Out extends { readonly kind: string }> {
  readonly pid: number;
  send(message: In): void;
  onMessage(hear: (message: Out) => void): void;
  /** The next message of a kind; rejects when the process ends before. */
  next<Kind extends Out['kind']>(kind: Kind): Promise<Extract<Out, { kind: Kind }>>;
  /** Ends it and waits until it is gone. */
  end(): Promise<void>;
}

/** @param script - a file beside this one; it ends itself when its channel closes, which is when we are gone */
export function startChild<In extends object, Out extends { readonly kind: string }>(
  script: string,
): Child<In, Out> {
  const child = fork(fileURLToPath(new URL(script, import.meta.url)), [], {
    execArgv: ['--import', 'tsx'],
    // Its own group: Ctrl-C is ours to pass on.
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  return {
    pid: child.pid ?? 0,
    send: (message) => {
      if (child.connected) child.send(message);
    },
    onMessage: (hear) => void child.on('message', (message) => hear(message as Out)),
    next: (kind) => nextOf(child, script, kind),
    end: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

function nextOf<Message extends { readonly kind: string }>(
  child: ChildProcess,
  script: string,
  kind: string,
): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) =>
      reject(new Error(`${script} ended with ${code ?? 'a signal'} before "${kind}"`));
    const onMessage = (message: unknown) => {
      if ((message as Message).kind !== kind) return;
      child.off('message', onMessage).off('exit', onExit);
      resolve(message as Message);
    };
    child.on('message', onMessage).once('exit', onExit);
    if (child.exitCode !== null || child.signalCode !== null) onExit(child.exitCode);
  });
}
