/**
 * Which process a lock belongs to, exactly enough to say of one that it has ended. A process id alone says nothing in
 * another container or after a restart, and is given to another process in time.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { z } from 'zod';

export const processIdentitySchema = z.object({
  /** Of the kernel that runs it: a new one at each start of a machine. */
  bootId: z.string(),
  /** Process ids count in this one alone. */
  pidNamespace: z.string(),
  /** Start times count in this one alone; null where the kernel has none. */
  timeNamespace: z.string().nullable(),
  /** In clock ticks since the boot. */
  startedAtTicks: z.string(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

export interface Liveness {
  readonly state: 'alive' | 'dead' | 'unknown';
  /** What that was seen by, to follow a colon. */
  readonly why: string;
}

/** What the system says of a process id: `null` when no process has it. */
export type LookAtProcess = (
  pid: number,
) => { readonly startedAtTicks: string; readonly hasEnded: boolean } | 'unreadable' | null;

/**
 * This process; null where the system does not say, as macOS and Windows do not.
 *
 * @param proc - where Linux shows processes
 * @see https://man7.org/linux/man-pages/man5/proc_sys_kernel.5.html and namespaces(7)
 */
export function ownIdentity(proc = '/proc'): ProcessIdentity | null {
  try {
    // A container may have the host's mounted: the numbers in it are not ours.
    if (readlinkSync(`${proc}/self`) !== String(process.pid)) return null;
    const stat = parseStat(readFileSync(`${proc}/self/stat`, 'utf8'));
    if (stat === null) return null;
    return {
      bootId: readFileSync(`${proc}/sys/kernel/random/boot_id`, 'utf8').trim(),
      pidNamespace: readlinkSync(`${proc}/self/ns/pid`),
      timeNamespace: timeNamespace(proc),
      startedAtTicks: stat.startedAtTicks,
    };
  } catch {
    return null;
  }
}

/** Whether a process is alive. Only what is certain is `dead`: anything that cannot be compared is `unknown`. */
export function livenessOf(
  { pid, identity }: { readonly pid: number; readonly identity: ProcessIdentity | null },
  own: ProcessIdentity | null,
  look: LookAtProcess = lookAtProcess,
): Liveness {
  if (own === null) return unknown('this system does not say which processes have ended');
  if (identity === null) return unknown('its lock does not identify the process');
  if (identity.bootId !== own.bootId) {
    return unknown('it was started on another machine, or before this machine was restarted');
  }
  if (identity.pidNamespace !== own.pidNamespace || identity.timeNamespace !== own.timeNamespace) {
    return unknown('it was started in another container');
  }
  const found = look(pid);
  if (found === 'unreadable') return unknown(`process ${pid} cannot be looked at`);
  if (found === null) return { state: 'dead', why: `process ${pid} has ended` };
  if (found.startedAtTicks !== identity.startedAtTicks) {
    return { state: 'dead', why: `process ${pid} has ended, and a later process has its number` };
  }
  if (found.hasEnded) return { state: 'dead', why: `process ${pid} has ended` };
  return { state: 'alive', why: `process ${pid} is running on this machine` };
}

function lookAtProcess(pid: number): ReturnType<LookAtProcess> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return null;
    // Somebody else's process is there all the same.
  }
  try {
    // `hidepid` can hide the files of a process that is there.
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/**
 * The name is in parentheses and may hold anything, parentheses and blanks too.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function parseStat(text: string): Exclude<ReturnType<LookAtProcess>, string> {
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/);
  // Fields 3 and 22 of the page.
  const [state, startedAtTicks] = [fields[0], fields[19]];
  if (state === undefined || startedAtTicks === undefined || !/^\d+$/.test(startedAtTicks)) return null;
  // One that was killed stays as a zombie until its parent asks for its exit code, which some containers never do.
  return { startedAtTicks, hasEnded: state === 'Z' || state === 'X' };
}

function timeNamespace(proc: string): string | null {
  try {
    return readlinkSync(`${proc}/self/ns/time`);
  } catch {
    return null;
  }
}

function unknown(why: string): Liveness {
  return { state: 'unknown', why };
}
