/** A whole rotation, or the rest of one: looks, takes the one step that is safe next, and looks again. */

import { span } from '../text/span.ts';
import { applyKeys } from './apply.ts';
import { type Assessment, candidateOf, type NextStep } from './assess.ts';
import type { BackendOptions } from './backends.ts';
import type { KeysContext, Look } from './context.ts';
import { type CreateOptions, create } from './create.ts';
import type { KeysEvent } from './events.ts';
import { refuseTerraformOwned } from './guards.ts';
import type { HeldLock } from './lock.ts';
import { cloudFrontKeyOf, generationOf, isTrusted, type Observation, versionAt } from './observation.ts';
import { promote } from './promote.ts';
import { retire } from './retire.ts';
import { nextText } from './status-table.ts';
import { confirmed, countDown, deployed, refuseForNext, refuseWhenStopped } from './steps.ts';
import { later, retirementSeconds } from './timing.ts';

export interface RotateOptions {
  readonly create?: CreateOptions;
  /** Counts for a key that CloudFront trusted before this run: of another one no backend could have known. */
  readonly backends?: BackendOptions;
  /** Whether to end, with success, where only time would help: for schedules. @default false */
  readonly noWait?: boolean;
  /**
   * Whether to end, with success, where a commit and an apply are next: for pipelines that apply what is merged.
   * @default false
   */
  readonly noApply?: boolean;
  /** Begin a new rotation only when the active key is at least this old, in days. @default 0 */
  readonly minAgeDays?: number;
  readonly lock?: HeldLock;
}

const DAY_MS = 86_400_000;

/**
 * Continues until no step is left. It starts a new rotation only if none was unfinished when it started, so that
 * running it again ends the one that was stopped and not another one.
 */
export async function rotate(context: KeysContext, options: RotateOptions = {}): Promise<void> {
  refuseTerraformOwned(context);
  const { environment } = context.config;
  let look = await context.look();
  const backends = isCandidateTrusted(look.observation) ? options.backends : {};
  if (look.assessment.next.step === 'none') {
    if (!(await mayBegin(context, look, options))) return;
    await noteStep(options, 'create');
    await create(context, options.create);
    look = await context.look();
  } else {
    const instruction = nextText(environment, look.assessment, context.now());
    context.tell({ event: 'rotation-resumed', next: look.assessment.next, instruction });
  }
  let before: NextStep | null = null;
  while (look.assessment.next.step !== 'none') {
    const { next } = look.assessment;
    await noteStep(options, next.step);
    if (
      leavesToOthers(context, { before, assessment: look.assessment }, options) ||
      (await mustWait(context, look.assessment, options))
    )
      return;
    await take(context, look, backends);
    before = next;
    look = await context.look();
  }
  context.tell({ event: 'rotated', generation: activeOf(look.observation) });
}

async function mayBegin(
  context: KeysContext,
  { observation }: Look,
  { minAgeDays = 0 }: RotateOptions,
): Promise<boolean> {
  const version = versionAt(observation, 'AWSCURRENT');
  const age = context.now().getTime() - (version?.createdAt.getTime() ?? 0);
  const active = activeOf(observation);
  if (age < minAgeDays * DAY_MS) {
    const ageSeconds = Math.round(age / 1000);
    context.tell({ event: 'not-due', generation: active, ageSeconds, minAgeDays });
    return false;
  }
  context.tell(plannedWait(context));
  await confirmed(
    context,
    `no rotation is running, and ${active} has been active for ${span(age)}; start a rotation?`,
  );
  return true;
}

/** What a person says yes to: how long a rotation takes at least, and until when. */
function plannedWait({ timing, now }: KeysContext): KeysEvent {
  const edgesSeconds = timing.settleSeconds;
  const signaturesSeconds = retirementSeconds(timing);
  const until = later(now(), edgesSeconds + signaturesSeconds).toISOString();
  return { event: 'rotation-planned', edgesSeconds, signaturesSeconds, until };
}

function activeOf(observation: Observation): string {
  return generationOf(versionAt(observation, 'AWSCURRENT')) ?? 'the current key';
}

/**
 * Ends where an apply is next, if that is somebody else's; and with a file that was just written, since signers must not
 * get a key whose file the others do not have: their next apply would take it out of the group.
 */
function leavesToOthers(
  { config: { environment }, tell, now }: KeysContext,
  { before, assessment }: { readonly before: NextStep | null; readonly assessment: Assessment },
  { noApply = false }: RotateOptions,
): boolean {
  const { next } = assessment;
  if (!noApply || (next.step !== 'apply' && before?.step !== 'create')) return false;
  const instruction = nextText(environment, assessment, now());
  tell({ event: 'paused', until: 'commit', next, instruction });
  return true;
}

/** With `noWait` it stops where only time helps; otherwise it waits. */
async function mustWait(
  context: KeysContext,
  assessment: Assessment,
  { noWait = false }: RotateOptions,
): Promise<boolean> {
  const { next } = assessment;
  const notBefore = 'notBefore' in next ? next.notBefore : null;
  if (notBefore === null && next.step !== 'deployment') return false;
  if (noWait) {
    const instruction = nextText(context.config.environment, assessment, context.now());
    context.tell({ event: 'paused', until: 'later', next, instruction });
    return true;
  }
  if (notBefore !== null) {
    const awaits = next.step === 'retire' ? 'signatures' : 'edges';
    const generation = 'generation' in next ? next.generation : '';
    await countDown(context, notBefore, { awaits, generation });
  }
  return false;
}

async function take(
  context: KeysContext,
  { assessment }: Look,
  backends: BackendOptions | undefined,
): Promise<void> {
  const { next } = assessment;
  switch (next.step) {
    case 'person':
      return refuseWhenStopped(context.config.environment, assessment);
    case 'inject':
      return refuseForNext(context, 'a person must supply the private key', assessment);
    case 'create':
      return void (await create(context));
    case 'apply':
      return void (await applyKeys(context));
    case 'deployment':
      return void (await deployed(context));
    case 'finish':
    case 'promote':
      return promote(context, backends);
    case 'retire':
      return retire(context, next.generation);
    case 'none':
      return;
  }
}

function isCandidateTrusted(observation: Observation): boolean {
  const candidate = candidateOf(observation);
  const key = candidate && cloudFrontKeyOf(observation, candidate);
  return key !== undefined && isTrusted(observation, key.id);
}

async function noteStep({ lock }: RotateOptions, step: string): Promise<void> {
  await lock?.note(step);
}
