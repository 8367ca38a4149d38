/** How far a rotation of the signing key is, by the events of `npm run keys -- rotate --json`. */
import type { KeysEvent, TellingEvent } from '../../ops/keys/events.ts';
import { RequestFeed } from './request-feed.ts';

export interface RotationStep {
  readonly title: string;
  readonly state: 'done' | 'running' | 'waiting';
}

export interface RotationProgress {
  /** `elsewhere`: a command in a terminal changes the keys. `changed`: one has. */
  readonly status: 'idle' | 'running' | 'done' | 'failed' | 'elsewhere' | 'changed';
  /** ISO 8601; a page that comes later tells requests of the rotation from those before it. @default - absent while idle */
  readonly startedAt?: string;
  readonly steps: readonly RotationStep[];
  /** The last sentence. */
  readonly line: string;
  /** What `elsewhere` and `changed` are about. @default - absent for a rotation of the page */
  readonly terminal?: TerminalCommand;
}

/** A key command in a terminal: what it does or did. */
export interface TerminalCommand {
  /** `ended`: and the active key is the one that it was before. */
  readonly outcome: 'running' | 'interrupted' | 'active-changed' | 'ended';
  readonly active: string;
  /** As in `KeyCommands`. */
  readonly step: string | null;
}

/** What can be seen of key commands without asking them. */
export interface KeyCommands {
  /** The generation that signers use. */
  readonly active: string;
  /** Where the command that holds the lock is, such as `rotate: apply`; null when none runs. */
  readonly step: string | null;
  /** Whether that command was killed and left its lock. */
  readonly isInterrupted: boolean;
}

/** In order; the event that ends each. */
const STEPS: readonly (readonly [title: string, endedBy: KeysEvent['event']])[] = [
  ['Make a new key pair', 'file-written'],
  ['Terraform applies: CloudFront trusts both keys', 'applied'],
  ['The backend signs with the new key', 'active-written'],
  ['Signatures made with the old key expire', 'file-removed'],
  ['Terraform applies: CloudFront trusts the new key alone', 'rotated'],
];
/** Of Terraform's report: its plan and its outputs are for a terminal. */
const TERRAFORM_STEPS: ReadonlySet<string> = new Set(['apply_start', 'apply_complete', 'apply_errored']);

/** Pure: the steps after these events. */
export function stepsAfter(events: readonly Pick<KeysEvent, 'event'>[]): RotationStep[] {
  let done = 0;
  for (const { event } of events) {
    // A run that continues an earlier one does not repeat what that one has done.
    const ended = STEPS.findIndex(([, endedBy], index) => index >= done && endedBy === event);
    if (ended !== -1) done = ended + 1;
  }
  return STEPS.map(([title], index) => ({
    title,
    state: index < done ? 'done' : index === done ? 'running' : 'waiting',
  }));
}

/** Rotates the environment's key, and tells each event. @throws Error with what the command complained of */
export type RotateKey = (onEvent: (event: TellingEvent) => void) => Promise<void>;

/** One rotation at a time, with followers. */
export class Rotation {
  readonly progress = new RequestFeed<RotationProgress>(1);
  readonly #rotate: RotateKey;
  readonly #now: () => Date;
  #isRunning = false;
  #active: string | null = null;
  #isElsewhere = false;

  constructor(rotate: RotateKey, now: () => Date = () => new Date()) {
    this.#rotate = rotate;
    this.#now = now;
    this.progress.publish({ status: 'idle', steps: [], line: '' });
  }

  /** @returns false when one is under way */
  start(): boolean {
    if (this.#isRunning) return false;
    this.#isRunning = true;
    const events: TellingEvent[] = [];
    const startedAt = this.#now().toISOString();
    const tell = (status: RotationProgress['status'], line: string): void => {
      this.progress.publish({ status, startedAt, steps: stepsAfter(events), line });
    };
    tell('running', 'reading CloudFront, Secrets Manager and the files');
    void this.#rotate((event) => {
      if (event.event === 'terraform' && !TERRAFORM_STEPS.has(event.type)) return;
      events.push(event);
      tell('running', event.message);
    })
      .then(() => tell('done', events.at(-1)?.message ?? ''))
      .catch((error: unknown) => tell('failed', error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#isRunning = false;
        // What it made active is told above.
        this.#active = null;
      });
    return true;
  }

  /** Notified of changes from outside, so that no page shows a rotation that a terminal has overtaken. */
  observe({ active, step, isInterrupted }: KeyCommands): void {
    if (this.#isRunning) return;
    if (isInterrupted) {
      this.#isElsewhere = false;
      this.#active = active;
      this.#publish({ outcome: 'interrupted', active, step });
      return;
    }
    if (step !== null) {
      this.#isElsewhere = true;
      this.#active ??= active;
      this.#publish({ outcome: 'running', active, step });
      return;
    }
    const isChanged = this.#active !== null && this.#active !== active;
    if (isChanged || this.#isElsewhere) {
      this.#publish({ outcome: isChanged ? 'active-changed' : 'ended', active, step });
    }
    this.#isElsewhere = false;
    this.#active = active;
  }

  #publish(terminal: TerminalCommand): void {
    const status = terminal.outcome === 'running' ? 'elsewhere' : 'changed';
    this.progress.publish({ status, steps: [], line: lineOf(terminal), terminal });
  }
}

function lineOf({ outcome, active, step }: TerminalCommand): string {
  switch (outcome) {
    case 'interrupted':
      return `A command in a terminal was interrupted (${step}). Rotate to continue it.`;
    case 'running':
      return `A command in a terminal is changing the keys (${step}).`;
    case 'active-changed':
      return `A command in a terminal has changed the active key to ${active}.`;
    case 'ended':
      return `A command in a terminal has ended; the active key is still ${active}.`;
  }
}
