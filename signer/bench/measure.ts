/** Times of several contenders under the same weather: their batches alternate, so that a noisy machine disturbs all alike. */

/** One call of what is measured. `index` never repeats, so that each call can have a new input. */
export type Call = (index: number) => unknown;

export interface MeasureOptions {
  /** How long one batch of a contender takes, about, in milliseconds. */
  readonly batchMs: number;
  /** Batches of each contender in a round. */
  readonly batches: number;
  /**
   * What counts: `cpu` is this process's time on a processor, for what computes here and waits for nothing. A batch that
   * the machine interrupts for other work does not become longer by it.
   * @default 'wall'
   */
  readonly clock?: Clock;
}

type Clock = 'wall' | 'cpu';

/** Seconds per call: one figure per round. */
export type Rounds = readonly number[];

const ROUNDS = 5;

/**
 * A round's figure is the fastest twentieth of its batches: what else runs on the machine can only add time.
 * One round before the first is thrown away, for the compiler.
 */
export async function measure<Name extends string>(
  contenders: Readonly<Record<Name, Call>>,
  { batchMs, batches, clock = 'wall' }: MeasureOptions,
): Promise<Record<Name, Rounds>> {
  const names = Object.keys(contenders) as Name[];
  const callsPerBatch = new Map<Name, number>();
  for (const name of names) {
    const perCall = await timePerCall(contenders[name], 3, clock);
    callsPerBatch.set(name, Math.max(1, Math.round(batchMs / 1000 / perCall)));
  }

  const rounds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round <= ROUNDS; round++) {
    const samples = new Map<Name, number[]>(names.map((name) => [name, []]));
    for (let batch = 0; batch < batches; batch++) {
      for (const name of names) {
        samples.get(name)?.push(await timePerCall(contenders[name], callsPerBatch.get(name) ?? 1, clock));
      }
    }
    if (round === 0) continue;
    for (const name of names) rounds[name].push(quantile(samples.get(name) ?? [], 0.05));
  }
  return rounds;
}

/** The median over the rounds of how many times as long `slow` takes as `fast`. */
export function ratio(slow: Rounds, fast: Rounds): { readonly median: number; readonly rounds: number[] } {
  const rounds = slow.map((seconds, round) => seconds / (fast[round] ?? Number.NaN));
  return { median: quantile(rounds, 0.5), rounds };
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

let nextIndex = 0;

async function timePerCall(call: Call, calls: number, clock: Clock): Promise<number> {
  const start = secondsOf(clock);
  for (let count = 0; count < calls; count++) {
    const result = call(nextIndex++);
    // Only what is asynchronous pays for a turn of the event loop.
    if (result instanceof Promise) await result;
  }
  return (secondsOf(clock) - start) / calls;
}

function secondsOf(clock: Clock): number {
  if (clock === 'wall') return performance.now() / 1000;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
