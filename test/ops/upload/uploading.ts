/** A library on the local AWS API, and runs of `npm run upload` against it as processes of their own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ListJobsCommand } from '@aws-sdk/client-mediaconvert';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { EnvironmentConfig } from '../../../envs/config.ts';
import { type Title, titleSchema } from '../../../ops/library/title.ts';
import type { UploadEvent } from '../../../ops/upload/events.ts';
import { createRole } from '../../local/aws-api/query-api.ts';
import { ACCOUNT_ID, REGION, type TestCloud } from '../../local/aws-api/start.ts';
import type { Wire } from '../../support/aws-wire.ts';

const CHILD = fileURLToPath(new URL('library-child.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SECRET = 'storytime/local/cloudfront_private_key';

/** One rung, so that jobs are short. */
export const SMALL_CONFIG: Partial<EnvironmentConfig> = {
  awsRegion: REGION,
  allowedAccountIds: [ACCOUNT_ID],
  ladder: [{ shortSidePixels: 144, maxBitrateBps: 200_000 }],
};

export interface TestLibrary {
  readonly masters: string;
  readonly streams: string;
  readonly outputs: Readonly<Record<string, string | undefined>>;
  /** The public key, PEM, that the secret's signatures are checked with. */
  readonly publicPem: string;
}

/** Makes the buckets, the role and the secret that an environment's outputs name. */
export async function createLibrary(cloud: TestCloud, name: string): Promise<TestLibrary> {
  const masters = `${name}-masters`;
  const streams = `${name}-streams`;
  for (const Bucket of [masters, streams]) await cloud.s3.send(new CreateBucketCommand({ Bucket }));
  const { privateKey, publicKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const secrets = new SecretsManagerClient(cloud.clientConfig());
  const secret = { keyPairId: 'K2EXAMPLE', privateKey, generation: '2026-11-a' };
  await secrets.send(
    new CreateSecretCommand({ Name: `${SECRET}-${name}`, SecretString: JSON.stringify(secret) }),
  );
  secrets.destroy();
  const outputs = {
    master_uploads_bucket_name: masters,
    hls_outputs_bucket_name: streams,
    mediaconvert_queue_arn: `arn:aws:mediaconvert:${REGION}:${ACCOUNT_ID}:queues/Default`,
    mediaconvert_role_arn: await createRole(cloud, `${name}-mediaconvert`, 'mediaconvert.amazonaws.com'),
    cloudfront_domain_name: 'd111111abcdef8.cloudfront.net',
    cloudfront_public_key_id: 'K2EXAMPLE',
    cloudfront_private_key_secret_name: `${SECRET}-${name}`,
  };
  return { masters, streams, outputs, publicPem: publicKey };
}

interface RunOptions {
  readonly cwd: string;
  readonly wire?: Wire;
  readonly config?: Partial<EnvironmentConfig>;
  /** File for the process's peak memory, in KiB. */
  readonly memory?: string;
}

export interface UploadRun {
  readonly child: ChildProcess;
  readonly ended: Promise<UploadEnd>;
}

export interface UploadEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a run of `upload -- local`; relative paths are meant from `cwd`. */
export function startUpload(
  cloud: TestCloud,
  library: TestLibrary,
  args: readonly string[],
  options: RunOptions,
): UploadRun {
  return startCommand(cloud, library, ['upload', 'local', ...args], options);
}

/** The same of `upload` or `titles`, with every argument. */
export function startCommand(
  cloud: TestCloud,
  { outputs }: TestLibrary,
  args: readonly string[],
  options: RunOptions,
): UploadRun {
  const env = {
    ...process.env,
    ...cloud.cloud.environment,
    INIT_CWD: options.cwd,
    ...(options.memory !== undefined && { TEST_MEMORY: options.memory }),
    TEST_OUTPUTS: JSON.stringify(outputs),
    TEST_CONFIG: JSON.stringify({ ...SMALL_CONFIG, ...options.config }),
  };
  const child = spawn(process.execPath, ['--import', 'tsx/esm', CHILD, ...args], {
    cwd: ROOT,
    env: options.wire?.environment(env) ?? env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(
    ([exit, stdout, stderr]) => ({ code: exit, stdout, stderr }),
  );
  return { child, ended };
}

/** The events of a run with `--json`, without its last line. */
export function eventsOf({ stdout }: UploadEnd): UploadEvent[] {
  const lines = stdout.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event !== 'ended');
}

/** Every record of the catalogue, parsed, by its id. */
export async function titlesOf({ s3 }: TestCloud, { masters }: TestLibrary): Promise<Map<string, Title>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: masters, Prefix: 'titles/' }));
  const titles = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: masters, Key }));
      return titleSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
    }),
  );
  return new Map(titles.map((title) => [title.id, title]));
}

/** How many jobs were ever made of the bucket's masters. */
export async function jobsOf({ mediaConvert }: TestCloud, { masters }: TestLibrary): Promise<number> {
  const { Jobs = [] } = await mediaConvert.send(new ListJobsCommand({ MaxResults: 20 }));
  return Jobs.filter(({ Settings }) =>
    Settings?.Inputs?.some(({ FileInput }) => FileInput?.startsWith(`s3://${masters}/`)),
  ).length;
}

/** Versions of masters: S3 bills each of them. */
export async function masterVersionsOf({ s3 }: TestCloud, { masters }: TestLibrary): Promise<string[]> {
  const { Versions = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: masters, Prefix: 'uploads/sha256/' }),
  );
  return Versions.map(({ Key = '' }) => Key);
}
