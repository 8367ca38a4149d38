/** The library's commands within the process of the test: starting one of its own takes longer than most of them. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect } from 'vitest';
import { type EnvironmentConfig, parseEnvironment } from '../../../envs/config.ts';
import { local } from '../../../envs/local.ts';
import { contentKeysProgram } from '../../../ops/content-keys/program.ts';
import { restoreProgram, withdrawProgram } from '../../../ops/take-down/program.ts';
import { UsageError } from '../../../ops/terraform/targets.ts';
import { titlesProgram } from '../../../ops/titles/program.ts';
import { uploadProgram } from '../../../ops/upload/program.ts';
import type { TestCloud } from '../../local/aws-api/start.ts';
import { SMALL_CONFIG, type TestLibrary, type UploadEnd } from './uploading.ts';

/** One at a time: exit code and stderr are the process's. */
export async function runInProcess(
  cloud: Pick<TestCloud, 'cloud' | 's3' | 'cloudFront' | 'mediaConvert' | 'clientConfig'>,
  { outputs }: Pick<TestLibrary, 'outputs'>,
  args: readonly string[],
  {
    cwd,
    config,
    edgeUrl,
  }: { readonly cwd: string; readonly config?: Partial<EnvironmentConfig>; readonly edgeUrl?: string },
): Promise<UploadEnd> {
  const [command = '', ...rest] = args;
  const output = new PassThrough();
  const printed = text(output);
  const say = (line: string) => void output.write(`${line}\n`);
  const secrets = new SecretsManagerClient(cloud.clientConfig());
  const kms = new KMSClient(cloud.clientConfig());
  const dynamoDb = new DynamoDBClient(cloud.clientConfig());
  const { s3, cloudFront, mediaConvert } = cloud;
  const common = {
    environmentNamed: () => ({
      config: parseEnvironment({ ...local, ...SMALL_CONFIG, ...config }),
      outputs: async () => outputs,
    }),
    names: ['local'],
    connect: () => ({ s3, cloudFront, mediaConvert, secrets, kms, dynamoDb, close: () => undefined }),
    env: {
      ...process.env,
      ...cloud.cloud.environment,
      INIT_CWD: cwd,
      ...(edgeUrl && { STORYTIME_EDGE_URL: edgeUrl }),
    },
    signal: new AbortController().signal,
  };
  const programs: Readonly<Record<string, () => ReturnType<typeof uploadProgram>>> = {
    upload: () => uploadProgram({ ...common, output }),
    titles: () => titlesProgram({ ...common, say }),
    withdraw: () => withdrawProgram({ ...common, say }),
    restore: () => restoreProgram({ ...common, say }),
    'content-keys': () => contentKeysProgram({ ...common, say }),
  };
  const { write } = process.stderr;
  let stderr = '';
  process.stderr.write = (chunk: string | Uint8Array) => {
    stderr += String(chunk);
    return true;
  };
  process.exitCode = 0;
  try {
    const program = programs[command] ?? (() => expect.fail(`no program ${command}`));
    await program().parseAsync(rest, { from: 'user' });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr += `${error.message}\n`;
    process.exitCode = 2;
  } finally {
    process.stderr.write = write;
    output.end();
    secrets.destroy();
    kms.destroy();
    dynamoDb.destroy();
  }
  const code = Number(process.exitCode);
  process.exitCode = 0;
  return { code, stdout: await printed, stderr };
}
