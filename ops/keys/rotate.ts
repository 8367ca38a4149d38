/** A whole rotation, or the rest of one: looks, takes the one step that is safe next, and looks again. */
import { applyKeys } from './apply.ts';
import { type Assessment, candidateOf, type NextStep } from './assess.ts';
import type { BackendOptions } from './backends.ts';
import type { KeysContext, Look } from './context.ts';
import { type CreateOptions, create } from './create.ts';
import { refuseTerraformOwned } from './guards.ts';
import type { HeldLock } from './lock.ts';
import { cloudFrontKeyOf, generationOf, isTrusted, type Observation, versionAt } from './observation.ts';
import { promote } from './promote.ts';
import { retire } from './retire.ts';
import { nextText, span } from './status-table.ts';
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
 * Goes on until nothing is under way. It begins a new rotation only if none was under way when it started, so that
 * running it again ends the one that was stopped and not another one.
 */
export async function rotate(context: KeysContext, options: RotateOptions = {}): Promise<void> {
  refuseTerraformOwned(context);
  const { environment } = context.config;
  let look = await context.look();
  const backends = isCandidateTrusted(look.observation) ? options.backends : {};
  if (look.assessment.next.step === 'none') {
    if (!(await mayBegin(context, look, options))) return;
    await noteStep(options, 'rotate: create');
    await create(context, options.create);
    look = await context.look();
  } else {
    context.say(`going on: ${nextText(environment, look.assessment, context.now())}`);
  }
  let before: NextStep | null = null;
  while (look.assessment.next.step !== 'none') {
    const { next } = look.assessment;
    await noteStep(options, `rotate: ${next.step}`);
    if (
      leavesToOthers(context, { before, assessment: look.assessment }, options) ||
      (await mustWait(context, look.assessment, options))
    )
      return;
    await take(context, look, backends);
    before = next;
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
  context.say(wholeWaitText(context));
  await confirmed(
    context,
    `nothing is under way, and ${active} has been active for ${span(age)}; begin a rotation?`,
  );
  return true;
}

/** What a person says yes to: how long a rotation takes at least, and until when. */
function wholeWaitText({ timing, now }: KeysContext): string {
  const { settleSeconds } = timing;
  const seconds = settleSeconds + retirementSeconds(timing);
  const end = later(now(), seconds).toISOString().slice(0, 19);
  return (
    `a rotation waits ${span(settleSeconds * 1000)} for the edges to learn of the new key and ` +
    `${span(retirementSeconds(timing) * 1000)} for signatures made with the old key to expire: ${span(seconds * 1000)} in all, ` +
    `until ${end}Z at the earliest (safe to interrupt)`
  );
}

/**
 * Ends where an apply is next, if that is somebody else's; and with a file that was just written, since signers must not
 * get a key whose file the others do not have: their next apply would take it out of the group.
 */
function leavesToOthers(
  { config: { environment }, say, now }: KeysContext,
  { before, assessment }: { readonly before: NextStep | null; readonly assessment: Assessment },
  { noApply = false }: RotateOptions,
): boolean {
  const { next } = assessment;
  if (!noApply || (next.step !== 'apply' && before?.step !== 'create')) return false;
  const then = nextText(environment, assessment, now());
  say(`to be continued: commit envs/keys/${environment}, then ${then}; run rotate again after that`);
  return true;
}

/** Ends where only time would help, if it was asked to; else lets the time pass. */
async function mustWait(
  context: KeysContext,
  assessment: Assessment,
  { noWait = false }: RotateOptions,
): Promise<boolean> {
  const { next } = assessment;
  const notBefore = 'notBefore' in next ? next.notBefore : null;
  if (notBefore === null && next.step !== 'deployment') return false;
  if (noWait) {
    context.say(
      `to be continued: ${nextText(context.config.environment, assessment, context.now())}; run rotate again then`,
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
      return refuseForNext(context, 'only a person has the key', assessment);
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
