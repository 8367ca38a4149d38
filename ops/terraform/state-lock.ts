/** Whose lock on the state Terraform met, read from what it said. */
import { stripVTControlCharacters } from 'node:util';

/** As its holder wrote it into the lock; nothing of it is checked by anybody. */
export interface StateLock {
  /** What `force-unlock` wants. Null when Terraform was refused and could not read by whom. */
  readonly id: string | null;
  /** `<user>@<host>` */
  readonly who: string | null;
  /** `apply`, `plan`, `migration source state`, … */
  readonly operation: string | null;
  /** As Terraform prints it: `2026-11-20 12:00:00 +0000 UTC` */
  readonly created: string | null;
}

const RUNBOOK = 'docs/runbooks/state-lock.md';

/** The lock that stood in the way; null when the lines are about something else. */
export function stateLock(lines: readonly string[]): StateLock | null {
  const said = lines.map(plain);
  if (!said.some((line) => line.includes('Error acquiring the state lock'))) return null;
  const field = (name: string) =>
    said
      .map((line) => new RegExp(`^${name}:\\s+(.+)$`).exec(line)?.[1])
      .find((value) => value !== undefined) ?? null;
  return {
    id: field('ID'),
    who: field('Who'),
    operation:
      field('Operation')
        ?.replace(/^OperationType/, '')
        .toLowerCase() ?? null,
    created: field('Created')?.replace(/\.\d+/, '') ?? null,
  };
}

/** Who it is, how to wait, and where it says what to do about a dead one. Nothing here unlocks. */
export function lockedText({ id, who, operation, created }: StateLock): string {
  const holder =
    id === null
      ? 'the state is locked'
      : `the state is locked by ${who ?? 'nobody named'}: ${operation ?? 'a run'} since ${created ?? 'an unknown time'}, lock ${id}`;
  return `${holder}\n-lock-timeout=10m waits for it; if that run is dead: ${RUNBOOK}`;
}

/** Without colours and the box that Terraform draws around an error. */
function plain(line: string): string {
  return stripVTControlCharacters(line)
    .replace(/^[│╷╵\s]+/, '')
    .trimEnd();
}
