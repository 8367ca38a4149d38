/** `npm run edge` as a process, on free ports, with its lines read as they come. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { compiled } from '../support/compiled.ts';

export interface EdgeProcess {
  /** What `--json` says first. */
  readonly listening: {
    readonly url: string;
    readonly httpUrl: string;
    readonly domain: string;
    readonly keyPairIds: readonly string[];
  };
  /** The next line that it writes. */
  nextLine(): Promise<string>;
  readonly stderr: () => string;
  /** Interrupts it and waits; gives its exit code. */
  end(): Promise<number | null>;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
}

/** @throws Error with what it wrote when it ends before it listens */
export async function runEdgeProcess(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<EdgeProcess> {
  const child = await spawnEdge([...args, '--json', '--port', '0', '--http-port', '0'], options);
  const stderr = collect(child);
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const nextLine = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the edge has ended: ${stderr()}`);
    return value;
  };
  return {
    listening: JSON.parse(await nextLine()),
    nextLine,
    stderr,
    end: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = await exited;
      return code;
    },
  };
}

/** A run that is expected to end by itself. */
export async function failedEdge(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = await spawnEdge(args, options);
  const stderr = collect(child);
  const [code] = await once(child, 'close');
  return { code, stderr: stderr() };
}

async function spawnEdge(args: readonly string[], { env }: CommandOptions): Promise<ChildProcess> {
  return spawn(process.execPath, [await compiled('local/edge.ts'), ...args], {
    env: { ...(env ?? process.env), NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}
