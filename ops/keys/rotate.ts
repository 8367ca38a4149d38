/** A whole rotation, or the rest of one: looks, takes the one step that is safe next, and looks again. */
import { applyKeys } from './apply.ts';
import type { NextStep } from './assess.ts';
import type { KeysContext, Look } from './context.ts';
import { type CreateOptions, create } from './create.ts';
import type { HeldLock } from './lock.ts';
import { generationOf, versionAt } from './observation.ts';
import { type PromoteOptions, promote } from './promote.ts';
import { retire } from './retire.ts';
import { nextText, span } from './status-table.ts';
import {
  confirmed,
  countDown,
  deployed,
  refuseForNext,
  refuseTerraformOwned,
  refuseWhenStopped,
} from './steps.ts';

export interface RotateOptions {
  readonly create?: CreateOptions;
  readonly promote?: PromoteOptions;
  /** Whether to end, with success, where only time would help: for schedules. @default false */
  readonly noWait?: boolean;
  /**
   * Whether to end, with success, where an apply is next: for pipelines that apply what is merged.
   * @default false
   */
  readonly noApply?: boolean;
  /** Begin a new rotation only when the active key is at least this old, in days. @default 0 */
  readonly minAgeDays?: number;
  readonly lock?: HeldLock;
}

const DAY_MS = 86_400_000;

/**
 * Goes on until nothing is under way. It begins a new rotation only if none was under way when it started, so that
 * running it again ends the one that was stopped and not another one.
 */
export async function rotate(context: KeysContext, options: RotateOptions = {}): Promise<void> {
  refuseTerraformOwned(context);
  const { environment } = context.config;
  let look = await context.look();
  if (look.assessment.next.step === 'none') {
    if (!(await mayBegin(context, look, options))) return;
    await noteStep(options, 'rotate: create');
    await create(context, options.create);
    look = await context.look();
  } else {
    context.say(`going on: ${nextText(environment, look.assessment.next, context.now())}`);
  }
  while (look.assessment.next.step !== 'none') {
    const { next } = look.assessment;
    await noteStep(options, `rotate: ${next.step}`);
    if (leavesApply(context, next, options) || (await mustWait(context, next, options))) return;
    await take(context, look, options);
    look = await context.look();
  }
  const active = generationOf(versionAt(look.observation, 'AWSCURRENT'));
  context.say(`done: ${active} mints, and CloudFront trusts nothing else of "${environment}"`);
}

async function mayBegin(
  context: KeysContext,
  { observation }: Look,
  { minAgeDays = 0 }: RotateOptions,
): Promise<boolean> {
  const version = versionAt(observation, 'AWSCURRENT');
  const age = context.now().getTime() - (version?.createdAt.getTime() ?? 0);
  const active = generationOf(version);
  if (age < minAgeDays * DAY_MS) {
    context.say(`nothing to do: ${active} has been active for ${span(age)}, less than ${minAgeDays} days`);
    return false;
  }
  await confirmed(
    context,
    `nothing is under way, and ${active} has been active for ${span(age)}; begin a rotation?`,
  );
  return true;
}

/** Ends where an apply is next, if that is somebody else's. */
function leavesApply(
  { config: { environment }, say, now }: KeysContext,
  next: NextStep,
  { noApply = false }: RotateOptions,
): boolean {
  if (!noApply || next.step !== 'apply') return false;
  const apply = nextText(environment, next, now());
  say(`to be continued: commit envs/keys/${environment}, then ${apply}; run rotate again after that`);
  return true;
}

/** Ends where only time would help, if it was asked to; else lets the time pass. */
async function mustWait(
  context: KeysContext,
  next: NextStep,
  { noWait = false }: RotateOptions,
): Promise<boolean> {
  const notBefore = 'notBefore' in next ? next.notBefore : null;
  if (notBefore === null && next.step !== 'deployment') return false;
  if (noWait) {
    context.say(
      `to be continued: ${nextText(context.config.environment, next, context.now())}; run rotate again then`,
    );
    return true;
  }
  if (notBefore !== null) {
    const why =
      next.step === 'retire'
        ? `signatures of ${next.generation} run out`
        : 'every edge learns of the new key';
    await countDown(context, notBefore, why);
  }
  return false;
}

async function take(context: KeysContext, { assessment }: Look, options: RotateOptions): Promise<void> {
  const { next } = assessment;
  switch (next.step) {
    case 'person':
      return refuseWhenStopped(context.config.environment, assessment);
    case 'inject':
      return refuseForNext(context, 'only a person has the key', assessment);
    case 'create':
      return void (await create(context));
    case 'apply':
      return void (await applyKeys(context));
    case 'deployment':
      return void (await deployed(context));
    case 'finish':
    case 'promote':
      return promote(context, options.promote);
    case 'retire':
      return retire(context, next.generation);
    case 'none':
      return;
  }
}

async function noteStep({ lock }: RotateOptions, step: string): Promise<void> {
  await lock?.note(step);
}
