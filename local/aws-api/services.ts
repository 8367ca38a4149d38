/** Every service that is answered here, or on its way to moto, wired to those that it asks. */
import type { Transcode } from '../transcoder/contract.ts';
import { AcmLayer } from '../../test/support/aws-services/acm.ts';
import type { ApiHandler } from './api-request.ts';
import { BudgetsService } from '../../test/support/aws-services/budgets.ts';
import { Callers } from './callers.ts';
import { handleCloudFormation } from './cloudformation/service.ts';
import { Stacks } from './cloudformation/stacks.ts';
import { CloudFrontControlPlane } from './cloudfront/control-plane.ts';
import { refusedCallEvent } from '../../test/support/aws-services/events/cloudtrail.ts';
import { type BusEvent, EventBus } from '../../test/support/aws-services/events/event-bus.ts';
import { EventsLayer } from '../../test/support/aws-services/events/service.ts';
import { KmsLayer } from './kms/service.ts';
import { LogsLayer } from '../../test/support/aws-services/logs.ts';
import { jobEvent } from '../../test/support/aws-services/events/job-event.ts';
import { JobTemplates } from './mediaconvert/job-templates.ts';
import { MediaConvertService } from './mediaconvert/service.ts';
import { Tags } from './mediaconvert/tags.ts';
import type { MotoClient } from './moto-client.ts';
import { PerRegion } from './per-region.ts';
import { S3Layer } from './s3/service.ts';
import { SecretsManagerLayer } from './secretsmanager/service.ts';
import { passWithSharedSecret } from './shared-secret.ts';
import { SqsLayer } from '../../test/support/aws-services/sqs/service.ts';
import { handleSsm } from './ssm/service.ts';

/** Signing names of what is answered here, or here first: moto takes them by these names only. */
export const ANSWERED_HERE = [
  'acm',
  'budgets',
  'cloudformation',
  'cloudfront',
  'events',
  'iam',
  'kms',
  'logs',
  'mediaconvert',
  's3',
  'secretsmanager',
  'sqs',
  'ssm',
  'sts',
] as const;

export interface ServicesOptions {
  readonly moto: MotoClient;
  readonly accountId: string;
  readonly transcode: Transcode;
  readonly log: (line: string) => void;
  /** What forms and presigned addresses are signed with, and what IAM and STS give out. */
  readonly secretAccessKey: string;
  /** Own address, known once the server listens. */
  readonly endpoint: () => string;
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
  const { moto, accountId, log, secretAccessKey } = options;
  const callers = new Callers({ moto, accountId });
  const kms = new KmsLayer({ moto, callers });
  const s3 = new S3Layer({ moto, accountId, callers, kms, secretAccessKey });
  const logs = new LogsLayer({ moto, s3 });
  const sqs = new SqsLayer({ moto });
  const acm = new AcmLayer({ moto });
  const budgets = new BudgetsService({ accountId });
  const cloudFront = new CloudFrontControlPlane({ accountId });

  const bus = new EventBus({ moto, kms, accountId, log });
  const events = new EventsLayer({ moto, bus });
  const emit = (event: BusEvent, at: string) => {
    bus.emit(at, event).catch((error: unknown) => {
      log(`events: ${event.detailType} from ${event.source} was not told: ${String(error)}`);
    });
  };
  const secretsManager = new SecretsManagerLayer({
    moto,
    callers,
    onRefusal: (call) => emit(refusedCallEvent(call, accountId, new Date()), call.region),
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
      onStatus: (job) => emit(jobEvent(job, accountId, new Date()), at),
    });
    return { mediaConvert, stacks: new Stacks(account, templates) };
  });
  const handlers: Readonly<Record<Exclude<(typeof ANSWERED_HERE)[number], 's3'>, ApiHandler>> = {
    acm: (request) => acm.handle(request),
    budgets: (request) => budgets.handle(request),
    cloudformation: (request) => handleCloudFormation(transcoding.of(request).stacks, request),
    cloudfront: async (request) => {
      const certificate = /<ACMCertificateArn>([^<]+)</.exec(request.body)?.[1];
      if (certificate !== undefined) await acm.requireIssued(certificate);
      return cloudFront.handle(request);
    },
    events: (request) => events.handle(request),
    iam: (request) => passWithSharedSecret(moto, request, secretAccessKey),
    kms: (request) => kms.handle(request),
    logs: (request) => logs.handle(request),
    mediaconvert: (request) => transcoding.of(request).mediaConvert.handle(request),
    secretsmanager: (request) => secretsManager.handle(request),
    sqs: (request) => sqs.handle(request),
    ssm: (request) => handleSsm(moto, request),
    sts: (request) => passWithSharedSecret(moto, request, secretAccessKey),
  };
  const close = async () => {
    await Promise.all(transcoding.all().map(({ mediaConvert }) => mediaConvert.close()));
  };
  return { s3, handlers: new Map(Object.entries(handlers)), close };
}
