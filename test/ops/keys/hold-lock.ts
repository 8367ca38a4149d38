/** A command that holds the lock beside a state in a file until it is ended: `hold-lock.ts <outdir>`. */
import { local } from '../../../envs/local.ts';
import type { KeysContext } from '../../../ops/keys/context.ts';
import { withLock } from '../../../ops/keys/lock.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const context = { config: local, outdir: process.argv[2], now: () => new Date(), tell: () => {} };

await withLock(
  context as unknown as KeysContext,
  { command: 'rotate', takeOver: false },
  () =>
    new Promise<void>((resolve) => {
      process.stdin.once('data', () => resolve()).resume();
      say(`held by ${process.pid}`);
    }),
);
process.exit();
