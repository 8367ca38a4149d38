/** URLs for many files at once, without holding up the event loop. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { assertOneOf, wrongType } from './arguments.ts';
import { SignerError } from './errors.ts';
import type { SigningKey } from './keys/key-source.ts';
import { signPolicyOnThreadPool } from './keys/sign-policy.ts';
import { message, messageOf, option, signerError } from './message.ts';
import { Verbatim } from './policy/verbatim.ts';
import { type Conditions, type Plan, plan, readConditions, type Signed, seal } from './sign-resource.ts';
import { type AskedUrl, askUrl, assertScope, toSignedUrl, URL_OPTIONS } from './sign-url.ts';
import { createSignatureCache, type SignatureCache } from './signature-cache.ts';
import type { Settings } from './signer-settings.ts';
import type { SignedUrl, SignUrlsOptions } from './signer-types.ts';

export const LIST_OPTIONS = [...URL_OPTIONS, 'onRefused'] as const;

/** For how long a call holds the event loop before it lets others have a turn; one signature may be under way. */
const TURN_MS = 10;
/**
 * Signatures under way at once. As many as Node's thread pool has threads by default: with more, a read of a file would
 * wait behind all of them.
 */
const IN_FLIGHT = 4;

interface Row {
  readonly asked: AskedUrl;
  readonly planned: Plan;
}

/** @param options read already */
export async function signList(
  inputs: readonly (string | Verbatim)[],
  options: SignUrlsOptions,
  settings: Settings,
): Promise<(SignedUrl | null)[]> {
  const { onRefused = 'throw' } = options;
  assertOneOf('onRefused', onRefused, ['throw', 'null']);
  if (!Array.isArray(inputs)) throw wrongType(option('resources'), 'an array', inputs);
  // One instant for all: a common scope is then one policy, however long the list takes.
  const now = settings.nowSeconds();
  const conditions = readConditions(options, { ...settings, nowSeconds: () => now });
  assertScope(options, settings);

  // A copy, which nobody changes meanwhile, and in which a hole is undefined.
  const list = Array.from(inputs as readonly unknown[]);
  const rows: (Row | null)[] = [];
  const pauses = createPauses();
  for (const [at, input] of list.entries()) {
    if (pauses.isDue()) await pauses.take();
    rows.push(toRow(input, { at, options, conditions, settings }));
  }
  const key = await settings.key.get();
  // Files of one directory share a policy. A file's own is nobody else's, and to look for it would cost a tenth of P-256.
  const isShared = options.scope !== undefined && options.scope !== 'file';
  const cache =
    settings.cache ?? (isShared ? createSignatureCache<Signed>(Math.max(1, rows.length)) : undefined);
  return signRows(rows, { key, cache, onRefused, pauses });
}

interface Asking {
  readonly at: number;
  readonly options: SignUrlsOptions;
  readonly conditions: Conditions;
  readonly settings: Settings;
}

/** @returns `null` for a resource that is refused and may be */
function toRow(input: unknown, { at, options, conditions, settings }: Asking): Row | null {
  if (typeof input !== 'string' && Verbatim.read(input) === undefined) {
    // A list from a database has the nulls of its columns. Anything else is a mistake in the call.
    if (options.onRefused === 'null' && (input === null || input === undefined)) return null;
    throw wrongType(`resources[${at}]`, 'a string or what verbatim or objectPath gives', input);
  }
  const asked = refusable(at, options, () => askUrl(input as string | Verbatim, options, settings));
  return asked && { asked, planned: plan(asked.opened, conditions) };
}

interface Signing {
  readonly key: SigningKey;
  readonly cache: SignatureCache<Signed> | undefined;
  readonly onRefused: 'throw' | 'null';
  readonly pauses: Pauses;
}

async function signRows(rows: readonly (Row | null)[], signing: Signing): Promise<(SignedUrl | null)[]> {
  const { key, cache, pauses } = signing;
  const signed: (SignedUrl | null)[] = new Array(rows.length).fill(null);
  let next = 0;
  async function work(): Promise<void> {
    while (next < rows.length) {
      if (pauses.isDue()) await pauses.take();
      const at = next++;
      const row = rows[at];
      if (row) {
        const sealed = seal(row.planned, key, { cache }, signPolicyOnThreadPool);
        const made = sealed instanceof Promise ? await sealed : sealed;
        signed[at] = refusable(at, signing, () => toSignedUrl(row.asked, row.planned, made));
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  } catch (error) {
    // The others stop at their next row.
    next = rows.length;
    throw error;
  }
  return signed;
}

interface Pauses {
  readonly isDue: () => boolean;
  /** One turn of the event loop, for all who wait for it. */
  readonly take: () => Promise<void>;
}

function createPauses(): Pauses {
  let since = performance.now();
  let pause: Promise<void> | undefined;
  return {
    isDue: () => pause !== undefined || performance.now() - since >= TURN_MS,
    take() {
      pause ??= nextTurn().then(() => {
        since = performance.now();
        pause = undefined;
      });
      return pause;
    },
  };
}

function refusable<Result>(
  at: number,
  { onRefused = 'throw' }: Pick<SignUrlsOptions, 'onRefused'>,
  make: () => Result,
): Result | null {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof SignerError) || error.status !== 400) throw error;
    if (onRefused === 'null') return null;
    throw signerError(error.code, message`resources[${at}]: ${messageOf(error)}`);
  }
}
