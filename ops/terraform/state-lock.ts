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

/** What S3, DynamoDB and a file answer to the second one. */
const IS_HELD =
  /PreconditionFailed|ConditionalRequestConflict|ConditionalCheckFailed|temporarily unavailable/;

/** The lock that stood in the way; null when the lines are about something else, a lock table that is not there too. */
export function stateLock(lines: readonly string[]): StateLock | null {
  const said = lines.map(plain);
  const field = (name: string) =>
    said
      .map((line) => new RegExp(`^${name}:\\s+(.+)$`).exec(line)?.[1])
      .find((value) => value !== undefined) ?? null;
  if (!isAboutLock(said) || !(IS_HELD.test(said.join(' ')) || field('ID'))) return null;
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

/** Whether Terraform could not lock because the DynamoDB table for locks does not exist. */
export function isMissingLockTable(lines: readonly string[]): boolean {
  const said = lines.map(plain);
  return isAboutLock(said) && said.some((line) => line.includes('ResourceNotFoundException'));
}

function isAboutLock(said: readonly string[]): boolean {
  return said.some((line) => line.includes('Error acquiring the state lock'));
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
