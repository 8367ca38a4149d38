/** Makes a key pair: the private key goes into the secret, then the public key into the repository. */
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import { describeSafely } from '../../envs/config-error.ts';
import { optionError, UsageError } from '../terraform/targets.ts';
import { candidateOf } from './assess.ts';
import type { KeysContext, Look } from './context.ts';
import { KeysError } from './failures.ts';
import { refuseTerraformOwned } from './guards.ts';
import { writeGeneration } from './key-files.ts';
import { generationOf, type Observation, versionAt } from './observation.ts';
import { readVersion, storePending } from './secret.ts';
import { keyPairOf } from './secret-value.ts';
import { refuseForNext, refuseWhenStopped, writerOf } from './steps.ts';

export type KeyType = 'rsa' | 'ec';

export interface CreateOptions {
  /** RSA 2048, or ECDSA on P-256. @default 'rsa' */
  readonly type?: KeyType;
  /** As `newGenerationName` returns it. @default - the next free letter of this month */
  readonly generation?: string;
  /** Whether KMS makes the pair at the next apply and keeps it. @default false */
  readonly kms?: boolean;
}

/** CloudFront's quota of keys in a group. */
const MOST_KEYS = 5;
const GENERATION = /^\d{4}-(0[1-9]|1[0-2])-[a-z]$/;
const KMS_KEY_SPECS = { rsa: 'RSA_2048', ec: 'ECC_NIST_P256' } as const;

/**
 * The private key goes first: stopped after that, the public key is derived from it again; the other way round a file
 * would ask CloudFront to trust a key that nobody has.
 *
 * @returns the generation
 * @throws UsageError when there is one already, when the group is full, or nothing signs yet
 */
export async function create(context: KeysContext, options: CreateOptions = {}): Promise<string> {
  refuseTerraformOwned(context);
  const look = await context.look();
  const { observation, assessment } = look;
  refuseWhenStopped(context.config.environment, assessment);
  if (assessment.next.step === 'create') return finishCreate(context, look);
  if (assessment.next.step === 'inject' || assessment.next.step === 'finish' || observation.secret === null) {
    refuseForNext(context, 'no key can be made now', assessment);
  }
  const waiting = candidateOf(observation);
  if (waiting !== undefined)
    refuseForNext(context, `${waiting.generation} exists already and is not active yet`, assessment);
  if (observation.committed.length >= MOST_KEYS) {
    refuseForNext(context, `CloudFront trusts at most ${MOST_KEYS} keys in a group`, assessment);
  }
  return makePair(context, observation, options);
}

/** The smallest name after every one that is known, of this month: `2026-11-b`. @throws UsageError after z */
export function nextGeneration(now: Date, known: Iterable<string>): string {
  const month = now.toISOString().slice(0, 7);
  const letters = [...known].filter((name) => name.startsWith(`${month}-`)).map((name) => name.slice(8));
  const last = letters.sort().at(-1);
  if (last === undefined) return `${month}-a`;
  if (last >= 'z')
    throw new UsageError(
      `all 26 letters of ${month} are used; name the generation of another month: --generation <yyyy-mm-letter>`,
    );
  return `${month}-${String.fromCharCode(last.charCodeAt(0) + 1)}`;
}

/** The value of --generation: the name of a key that does not exist yet. @throws UsageError for another form */
export function newGenerationName(value: string): string {
  if (GENERATION.test(value)) return value;
  throw optionError('--generation', `expected a name like "2026-11-a", got ${describeSafely(value)}`);
}

async function makePair(
  context: KeysContext,
  observation: Observation,
  { type = 'rsa', generation: wanted, kms = false }: CreateOptions,
): Promise<string> {
  const known = knownGenerations(observation);
  const generation = wanted ?? nextGeneration(context.now(), known);
  if (known.has(generation)) {
    throw new UsageError(`${generation} has been used for a key before; choose another name`);
  }
  if (kms) {
    await writeGeneration(context, generation, {
      kind: 'kms',
      content: `${KMS_KEY_SPECS[type]}\n`,
    });
    context.tell({ event: 'file-written', generation, kind: 'kms' });
    return generation;
  }
  const pair = await newKeyPair(type);
  await storePending(writerOf(context), generation, pair);
  context.tell({ event: 'pending-stored', generation });
  await publish(context, generation, pair.publicKeyPem);
  return generation;
}

async function finishCreate(context: KeysContext, { observation }: Look): Promise<string> {
  const pending = versionAt(observation, 'AWSPENDING');
  const generation = generationOf(pending);
  const value = pending && (await readVersion(writerOf(context), pending.versionId));
  if (value?.kind !== 'key' || generation === null)
    throw new KeysError('AWSPENDING was removed while this run was working; run the command again');
  context.tell({ event: 'already-stored', generation, stage: 'AWSPENDING' });
  await publish(context, generation, value.publicKeyPem);
  return generation;
}

async function publish(context: KeysContext, generation: string, publicKeyPem: string): Promise<void> {
  await writeGeneration(context, generation, { kind: 'pem', content: publicKeyPem });
  context.tell({ event: 'file-written', generation, kind: 'pem' });
}

async function newKeyPair(type: KeyType) {
  const { privateKey } =
    type === 'rsa'
      ? await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
      : await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const pair = keyPairOf(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  if (pair === null) throw new Error('a pair just made cannot be read');
  return pair;
}

function knownGenerations({ committed, publicKeys, secret }: Observation): Set<string> {
  return new Set([
    ...committed.map(({ generation }) => generation),
    ...publicKeys.map(({ generation }) => generation),
    ...(secret?.versions ?? []).flatMap((version) => generationOf(version) ?? []),
  ]);
}
