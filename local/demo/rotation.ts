/** How far a rotation of the signing key is, told from what `npm run keys -- rotate` prints. */

import { RequestFeed } from './request-feed.ts';

export interface RotationStep {
  readonly title: string;
  readonly state: 'done' | 'running' | 'waiting';
}

export interface RotationProgress {
  readonly status: 'idle' | 'running' | 'done' | 'failed';
  /** ISO 8601; a page that comes later tells requests of the rotation from those before it. @default - absent while idle */
  readonly startedAt?: string;
  readonly steps: readonly RotationStep[];
  /** The command's last line. */
  readonly line: string;
}

/** In order; the line that ends each. */
const STEPS: readonly (readonly [title: string, endedBy: RegExp])[] = [
  ['Make a new key pair', /^changed: .*\.pem written/],
  ['Terraform applies: the edge trusts both keys', /^changed: applied and deployed/],
  ['The backend signs with the new key', /^changed: "active" names/],
  ['Signatures of the old key run out', /^changed: the file of .* is gone/],
  ['Terraform applies: the old key is out', /^done:/],
];

/** Pure: the steps after these lines. */
export function stepsAfter(lines: readonly string[]): RotationStep[] {
  let done = 0;
  for (const line of lines) {
    // One that goes on from where another stopped does not say again what that one has ended.
    const ended = STEPS.findIndex(([, endedBy], index) => index >= done && endedBy.test(line));
    if (ended !== -1) done = ended + 1;
  }
  return STEPS.map(([title], index) => ({
    title,
    state: index < done ? 'done' : index === done ? 'running' : 'waiting',
  }));
}

/** Rotates the environment's key: every line that the command says goes to `onLine`. @throws with its last words */
export type RotateKey = (onLine: (line: string) => void) => Promise<void>;

/** One rotation at a time, with followers. */
export class Rotation {
  readonly progress = new RequestFeed<RotationProgress>(1);
  readonly #rotate: RotateKey;
  readonly #now: () => Date;
  #isRunning = false;

  constructor(rotate: RotateKey, now: () => Date = () => new Date()) {
    this.#rotate = rotate;
    this.#now = now;
    this.progress.publish({ status: 'idle', steps: [], line: '' });
  }

  /** @returns false when one is under way */
  start(): boolean {
    if (this.#isRunning) return false;
    this.#isRunning = true;
    const lines: string[] = [];
    const startedAt = this.#now().toISOString();
    const tell = (status: RotationProgress['status'], line: string): void => {
      const steps = stepsAfter(lines);
      this.progress.publish({ status, startedAt, steps, line });
    };
    tell('running', 'looking at CloudFront, Secrets Manager and the files');
    void this.#rotate((line) => {
      lines.push(line);
      tell('running', line.trim().replace(/; may be stopped and continued$/, ''));
    })
      .then(() => tell('done', lines.at(-1) ?? ''))
      .catch((error: unknown) => tell('failed', error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.#isRunning = false;
      });
    return true;
  }
}
