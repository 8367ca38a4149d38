/** `npm start` without its demo page: the local AWS API, `local` applied with shortened lifetimes, and two small books. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type EnvironmentConfig, parseEnvironment } from '../../../envs/config.ts';
import { readTrustedKeys } from '../../../envs/keys.ts';
import { local } from '../../../envs/local.ts';
import { type LocalCloud, startLocalCloud } from '../../../local/aws-api/index.ts';
import { clientConfig } from '../../../local/session/client-config.ts';
import { applyLocally, type Outputs } from '../../../local/session/infrastructure.ts';
import { createLocalSigningKey, storeSigningKey } from '../../../local/session/signing-key.ts';

export interface LocalRun {
  readonly config: EnvironmentConfig;
  readonly cloud: LocalCloud;
  readonly aws: ReturnType<typeof clientConfig>;
  readonly outputs: Outputs;
  /** Everything that this run writes is below it. */
  readonly directory: string;
  readonly keysDirectory: string;
  /** Where stacks are synthesized, and Terraform keeps its state. */
  readonly outdir: string;
  /** For commands as processes: the cloud, and temporary files below `directory`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Takes what programs print. */
  readonly log: (line: string) => void;
  /** `terraform apply` of what the keys directory says now. */
  apply(): Promise<Outputs>;
  close(): Promise<void>;
}

export type Lifetimes = Pick<EnvironmentConfig, 'signerCacheSeconds' | 'longestSignatureSeconds'>;

/** Starts it with one key, which is active. */
export async function startLocalRun(lifetimes: Lifetimes, signal: AbortSignal): Promise<LocalRun> {
  const config = parseEnvironment({ ...local, ...lifetimes });
  const directory = await mkdtemp(join(tmpdir(), 'storytime-rotation-'));
  const keysDirectory = join(directory, 'keys');
  const outdir = join(directory, 'cdktf.out');
  const temporary = join(directory, 'tmp');
  await mkdir(temporary);
  const logFile = createWriteStream(join(directory, 'log.txt'));
  const log = (line: string): void => void logFile.write(`${line}\n`);
  const [accountId = ''] = config.allowedAccountIds;
  const cloud = await startLocalCloud({
    accountId,
    region: config.awsRegion,
    transcode: () => Promise.reject(new Error('no job is run here')),
    log,
  });
  const environment = { ...cloud.environment, TMPDIR: temporary };
  const aws = clientConfig(cloud);
  const apply = (): Promise<Outputs> =>
    applyLocally({
      config,
      keys: readTrustedKeys(keysDirectory),
      directory: outdir,
      environment,
      signal,
      onStep: log,
    });
  const close = async (): Promise<void> => {
    await cloud.close();
    await new Promise((resolve) => logFile.end(resolve));
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const key = await createLocalSigningKey(keysDirectory, new Date());
    const outputs = await apply();
    await storeSigningKey(new SecretsManagerClient(aws), outputs.cloudfront_private_key_secret_arn, {
      ...key,
      keyPairId: outputs.cloudfront_public_key_id,
    });
    return {
      config,
      cloud,
      aws,
      outputs,
      directory,
      keysDirectory,
      outdir,
      environment,
      signal,
      log,
      apply,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

const SEGMENTS = 6;

/** Files as the transcoder names them, in a player's order; what is in them nobody looks at. Gives back their paths. */
export async function putBooks({ aws, outputs }: LocalRun, books: readonly string[]): Promise<string[]> {
  const s3 = new S3Client(aws);
  const files = [
    ['index.m3u8', 'application/vnd.apple.mpegurl', 400],
    ['index_360p.m3u8', 'application/vnd.apple.mpegurl', 800],
    ...Array.from(
      { length: SEGMENTS },
      (_, index) => [`index_360p_0000${index + 1}.ts`, 'video/mp2t', 8_000] as const,
    ),
  ] as const;
  const paths: string[] = [];
  for (const book of books) {
    for (const [name, contentType, size] of files) {
      const path = `${book}/${name}`;
      await s3.send(
        new PutObjectCommand({
          Bucket: outputs.hls_outputs_bucket_name,
          Key: path.slice(1),
          Body: Buffer.alloc(size, name),
          ContentType: contentType,
        }),
      );
      paths.push(path);
    }
  }
  s3.destroy();
  return paths;
}
