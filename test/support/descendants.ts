/** The processes below a process, wherever they put themselves. */
import { execFileSync } from 'node:child_process';

export interface Descendant {
  readonly pid: number;
  readonly command: string;
}

export function descendants(ancestor: number): Descendant[] {
  const processes = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), parent: Number(parent), command: command ?? '' }] : [];
    });
  const below = (parent: number): typeof processes =>
    processes
      .filter((process) => process.parent === parent && !process.command.startsWith('ps '))
      .flatMap((process) => [process, ...below(process.pid)]);
  return below(ancestor);
}
