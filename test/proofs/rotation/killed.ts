/** A rotation that is killed at every point where it has just changed something, and run again until it is done. */
import { isChange } from '../../../ops/keys/events.ts';
import { runKeys } from './keys.ts';
import type { LocalRun } from './local-run.ts';

export interface KilledOptions {
  readonly edgeUrl: string;
  readonly say: (line: string) => void;
}

/** Each ends at one more point than the one before it, so there are few. */
const MOST_RUNS = 40;
/** What the command has just changed, or what Terraform changes in the middle of an apply; null for any other event. */
function changeIn(line: string): string | null {
  const { event, type, message } = JSON.parse(line);
  return isChange({ event }) || (event === 'terraform' && type === 'apply_start') ? message : null;
}

/**
 * SIGKILL for the command's process alone; Terraform, its child, goes on. After each, `status` must not call for a
 * person, and the next run goes on from there.
 *
 * @returns the lines at which it was killed
 * @throws Error when a run fails, or what is left in the end is not in order
 */
export async function rotateKilled(localRun: LocalRun, { edgeUrl, say }: KilledOptions): Promise<string[]> {
  const kills: string[] = [];
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const { killedAt, exitCode, stderr } = await runKeys(localRun, ['rotate', 'local', '--yes', '--json'], {
      edgeUrl,
      killAt: (line) => {
        const change = changeIn(line);
        return change !== null && !kills.includes(change);
      },
    });
    if (killedAt === null && exitCode !== 0) {
      throw new Error(`run ${run + 1} of the killed rotation ended with ${exitCode}:\n${stderr}`);
    }
    const { inconsistencies, next, generations } = await status(localRun, edgeUrl);
    const change = killedAt === null ? null : changeIn(killedAt);
    if (change !== null) {
      kills.push(change);
      say(`killed after "${change}"; next: ${next.step}`);
    }
    const stops = inconsistencies.filter(({ weight }) => weight === 'stop').map(({ found }) => found);
    if (stops.length > 0) throw new Error(`killed at ${killedAt}: ${stops.join('; ')}`);
    // Terraform has gone on to its end: another run would begin another rotation.
    if (killedAt !== null && next.step !== 'none') continue;
    const found = inconsistencies.map((one) => `${one.kind}: ${one.found}`);
    const inGroup = generations
      .filter(({ state }) => state !== 'retired')
      .map(({ generation }) => generation);
    if (found.length > 0 || next.step !== 'none' || inGroup.length !== 1) {
      throw new Error(
        `after the killed rotation: next ${next.step}, ${inGroup.join(', ')}\n${found.join('\n')}`,
      );
    }
    return kills;
  }
  throw new Error(`the killed rotation has not ended after ${MOST_RUNS} runs`);
}

interface Status {
  readonly generations: readonly { readonly generation: string; readonly state: string }[];
  readonly inconsistencies: readonly {
    readonly kind: string;
    readonly found: string;
    readonly weight: string;
  }[];
  readonly next: { readonly step: string };
}

async function status(localRun: LocalRun, edgeUrl: string): Promise<Status> {
  const { exitCode, stdout, stderr } = await runKeys(localRun, ['status', 'local', '--json'], { edgeUrl });
  if (exitCode !== 0) throw new Error(`keys status ended with ${exitCode}:\n${stderr}`);
  return JSON.parse(stdout);
}
