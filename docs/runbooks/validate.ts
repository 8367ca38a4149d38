/**
 * The steps of validation.md that need AWS calls, with the AWS SDK's usual credentials:
 *
 *   presign <key>      a presigned POST for one master, as a curl configuration
 *   run-job            CreateJob with the input on standard input; waits for its end
 *   list <prefix>      the kinds of objects below a prefix of the outputs bucket, with their number
 *   signing-key        the signing secret's current value, for a pipe: it refuses a terminal
 *   remove <book>      the book's master and outputs
 */
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateJobCommand, GetJobCommand, MediaConvertClient } from '@aws-sdk/client-mediaconvert';
import {
  DeleteObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';

const UPLOAD_SECONDS = 300;
const UPLOAD_MAX_BYTES = 50_000_000;
const POLL_MILLISECONDS = 1000;

const steps: Readonly<Record<string, (argument: string) => Promise<string>>> = {
  presign,
  'run-job': runJob,
  list,
  'signing-key': signingKey,
  remove,
};

const [name = '', argument = ''] = process.argv.slice(2);
const step = steps[name];
if (step === undefined) {
  process.stderr.write(`expected one of ${Object.keys(steps).join(', ')}, got ${JSON.stringify(name)}\n`);
  process.exitCode = 2;
} else {
  process.stdout.write(await step(argument));
}

/** Fields with a signature stay out of the command line. */
async function presign(key: string): Promise<string> {
  const { url, fields } = await createPresignedPost(new S3Client({}), {
    Bucket: variable('MASTER_UPLOADS_BUCKET'),
    Key: key,
    Fields: { 'Content-Type': 'video/mp4' },
    Conditions: [
      ['eq', '$Content-Type', 'video/mp4'],
      ['content-length-range', 1, UPLOAD_MAX_BYTES],
    ],
    Expires: UPLOAD_SECONDS,
  });
  const lines = Object.entries(fields).map(([field, value]) => `form-string = "${field}=${value}"`);
  return `${[`url = "${url}"`, ...lines].join('\n')}\n`;
}

async function runJob(): Promise<string> {
  const client = new MediaConvertClient({});
  const created = await client.send(new CreateJobCommand(JSON.parse(await text(process.stdin))));
  for (;;) {
    const { Job: job } = await client.send(new GetJobCommand({ Id: created.Job?.Id }));
    if (job?.Status === 'COMPLETE') return 'COMPLETE\n';
    if (job?.Status === 'ERROR' || job?.Status === 'CANCELED') {
      throw new Error(`the job ended as ${job.Status}: ${job.ErrorMessage ?? 'no reason given'}`);
    }
    await sleep(POLL_MILLISECONDS);
  }
}

async function list(prefix: string): Promise<string> {
  const { Contents: objects = [] } = await new S3Client({}).send(
    new ListObjectsV2Command({ Bucket: variable('HLS_OUTPUTS_BUCKET'), Prefix: prefix }),
  );
  const kinds = new Map<string, number>();
  for (const { Key: key = '' } of objects) {
    const kind = key.endsWith('/index.m3u8') ? 'index.m3u8' : key.slice(key.lastIndexOf('.'));
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, count]) => `${kind} ${count}\n`).join('');
}

async function signingKey(): Promise<string> {
  if (process.stdout.isTTY) throw new Error('signing-key writes a private key: pipe it into the signer');
  const { SecretString: value = '' } = await new SecretsManagerClient({}).send(
    new GetSecretValueCommand({
      SecretId: variable('CLOUDFRONT_PRIVATE_KEY_SECRET'),
      VersionStage: 'AWSCURRENT',
    }),
  );
  return value;
}

async function remove(book: string): Promise<string> {
  if (!/^[\w-]+$/.test(book)) throw new Error('expected the id of the title that this validation made');
  await removeBelow(variable('MASTER_UPLOADS_BUCKET'), `${variable('MASTER_UPLOADS_PREFIX')}${book}`);
  await removeBelow(variable('HLS_OUTPUTS_BUCKET'), `${variable('HLS_PATH_PREFIX')}/${book}/`);
  return 'removed\n';
}

/** Every version, so that nothing is left to pay for. */
async function removeBelow(bucket: string, prefix: string): Promise<void> {
  const client = new S3Client({});
  const { Versions: versions = [] } = await client.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }),
  );
  const objects = versions.map(({ Key, VersionId }) => ({ Key: Key ?? '', VersionId }));
  if (objects.length === 0) return;
  await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }));
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: npm run env prints it`);
  return value;
}
