/** Every service that is answered here, or on its way to moto, wired to those that it asks. */
import type { Transcode } from '../transcoder/contract.ts';
import { type AddedService, ONLY_ADDED } from './added-service.ts';
import type { ApiHandler } from './api-request.ts';
import { notImplemented } from './aws-error.ts';
import { Callers } from './callers.ts';
import { handleCloudFormation } from './cloudformation/service.ts';
import { Stacks } from './cloudformation/stacks.ts';
import { CloudFrontControlPlane } from './cloudfront/control-plane.ts';
import { DynamoDbLayer } from './dynamodb/service.ts';
import { jsonCallOf } from './json-call.ts';
import { KmsLayer } from './kms/service.ts';
import { JobTemplates } from './mediaconvert/job-templates.ts';
import { MediaConvertService } from './mediaconvert/service.ts';
import { Tags } from './mediaconvert/tags.ts';
import type { MotoClient } from './moto-client.ts';
import { PerRegion } from './per-region.ts';
import { S3Layer } from './s3/service.ts';
import { SecretsManagerLayer } from './secretsmanager/service.ts';
import { passWithSharedSecret } from './shared-secret.ts';
import { handleSsm } from './ssm/service.ts';

/** Signing names of what is answered here, or here first. */
const ANSWERED_HERE = [
  'cloudformation',
  'cloudfront',
  'dynamodb',
  'iam',
  'kms',
  'mediaconvert',
  's3',
  'secretsmanager',
  'ssm',
  'sts',
] as const;

/** What moto takes by these names only, whether it is answered, handed in or refused. */
export const RESERVED: readonly string[] = [...ANSWERED_HERE, ...Object.keys(ONLY_ADDED)];

export interface ServicesOptions {
  readonly moto: MotoClient;
  readonly accountId: string;
  readonly transcode: Transcode;
  readonly added: readonly AddedService[];
  readonly log: (line: string) => void;
  /** What forms and presigned addresses are signed with, and what IAM and STS give out. */
  readonly secretAccessKey: string;
  /** Own address, known once the server listens. */
  readonly endpoint: () => string;
  /** What ages are measured by. */
  readonly now: () => Date;
  /** What a job's worker needs to reach this API. */
  readonly environment: () => Readonly<Record<string, string>>;
}

export interface Services {
  /** By signing name, which comes from outside: a plain object would have `constructor` too. */
  readonly handlers: ReadonlyMap<string, ApiHandler>;
  /** Streams its bodies, so it stands apart. */
  readonly s3: S3Layer;
  /** Cancels every running job and waits until it has ended. */
  close(): Promise<void>;
}

export function createServices(options: ServicesOptions): Services {
  const { moto, accountId, log, secretAccessKey, now } = options;
  const callers = new Callers({ moto, accountId });
  const kms = new KmsLayer({ moto, callers });
  const dynamoDb = new DynamoDbLayer({ moto, callers, kms, accountId });
  const s3 = new S3Layer({ moto, accountId, callers, kms, secretAccessKey, now });
  const cloudFront = new CloudFrontControlPlane({ accountId });
  const added = options.added.map(({ name, create }) => ({
    name,
    ...create({ moto, s3, kms, accountId, log }),
  }));
  const secretsManager = new SecretsManagerLayer({
    moto,
    callers,
    onRefusal: (call) => {
      for (const { onRefusedCall } of added) onRefusedCall?.(call);
    },
  });

  const transcoding = new PerRegion((at) => {
    const account = { accountId, region: at };
    const tags = new Tags();
    const templates = new JobTemplates(account, tags);
    const mediaConvert = new MediaConvertService({
      ...options,
      account,
      templates,
      tags,
      onStatus: (job) => {
        for (const { onJobStatus } of added) onJobStatus?.(job, at);
      },
    });
    return { mediaConvert, stacks: new Stacks(account, templates) };
  });
  const handlers: Readonly<Record<Exclude<(typeof ANSWERED_HERE)[number], 's3'>, ApiHandler>> = {
    cloudformation: (request) => handleCloudFormation(transcoding.of(request).stacks, request),
    cloudfront: async (request) => {
      const certificate = /<ACMCertificateArn>([^<]+)</.exec(request.body)?.[1];
      if (certificate !== undefined) {
        for (const { requireCertificate } of added) await requireCertificate?.(certificate);
      }
      return cloudFront.handle(request);
    },
    dynamodb: (request) => dynamoDb.handle(request),
    iam: (request) => passWithSharedSecret(moto, request, secretAccessKey),
    kms: (request) => kms.handle(request),
    mediaconvert: (request) => transcoding.of(request).mediaConvert.handle(request),
    secretsmanager: (request) => secretsManager.handle(request),
    ssm: (request) => handleSsm(moto, request),
    sts: (request) => passWithSharedSecret(moto, request, secretAccessKey),
  };
  const close = async () => {
    await Promise.all(transcoding.all().map(({ mediaConvert }) => mediaConvert.close()));
  };
  return {
    s3,
    handlers: new Map([
      ...Object.entries(ONLY_ADDED).map(([name, settings]) => [name, refusal(name, settings)] as const),
      ...added.map(({ name, handle }) => [name, handle] as const),
      ...Object.entries(handlers),
    ]),
    close,
  };
}

function refusal(name: string, settings: string): ApiHandler {
  return (request) => {
    const { operation } = jsonCallOf(request);
    throw notImplemented(`${name} ${operation}; switch off ${settings} in envs/local.ts`);
  };
}
