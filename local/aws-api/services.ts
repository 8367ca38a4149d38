/** Every service that is answered here, or on its way to moto, wired to those that it asks. */
import type { Transcode } from '../transcoder/contract.ts';
import { AcmLayer } from './acm/service.ts';
import type { ApiHandler } from './api-request.ts';
import { BudgetsService } from './budgets/service.ts';
import { handleCloudFormation } from './cloudformation/service.ts';
import { Stacks } from './cloudformation/stacks.ts';
import { CloudFrontControlPlane } from './cloudfront/control-plane.ts';
import { refusedCallEvent } from './cloudtrail.ts';
import { type BusEvent, EventBus } from './events/event-bus.ts';
import { EventsLayer } from './events/service.ts';
import { KmsLayer } from './kms/service.ts';
import { LogsLayer } from './logs/service.ts';
import { jobEvent } from './mediaconvert/job-event.ts';
import { JobTemplates } from './mediaconvert/job-templates.ts';
import { MediaConvertService } from './mediaconvert/service.ts';
import { Tags } from './mediaconvert/tags.ts';
import type { MotoClient } from './moto-client.ts';
import { Callers } from './policy/principal.ts';
import { S3Layer } from './s3/service.ts';
import { SecretsManagerLayer } from './secretsmanager/service.ts';
import { passWithSharedSecret } from './shared-secret.ts';
import { SqsLayer } from './sqs/service.ts';

export interface ServicesOptions {
  readonly moto: MotoClient;
  readonly accountId: string;
  readonly region: string;
  readonly transcode: Transcode;
  readonly log: (line: string) => void;
  /** Own address, known once the server listens. */
  readonly endpoint: () => string;
  /** What a job's worker needs to reach this API. */
  readonly environment: () => Readonly<Record<string, string>>;
}

export interface Services {
  /** By signing name. */
  readonly handlers: Readonly<Record<string, ApiHandler>>;
  /** Streams its bodies, so it stands apart. */
  readonly s3: S3Layer;
  /** Cancels every running job and waits until it has ended. */
  close(): Promise<void>;
}

export function createServices(options: ServicesOptions): Services {
  const { moto, accountId, region, log } = options;
  const callers = new Callers({ moto, accountId });
  const kms = new KmsLayer({ moto, callers });
  const s3 = new S3Layer({ moto, accountId, callers, kms });
  const logs = new LogsLayer({ moto, s3 });
  const sqs = new SqsLayer({ moto });
  const acm = new AcmLayer({ moto });
  const budgets = new BudgetsService({ accountId });
  const cloudFront = new CloudFrontControlPlane({ accountId });

  const bus = new EventBus({ moto, kms, accountId, log });
  const events = new EventsLayer({ moto, bus });
  const emit = (event: BusEvent, at = region) => {
    bus.emit(at, event).catch((error: unknown) => {
      log(`events: ${event.detailType} from ${event.source} was not told: ${String(error)}`);
    });
  };
  const secretsManager = new SecretsManagerLayer({
    moto,
    callers,
    onRefusal: (call) => emit(refusedCallEvent(call, accountId, new Date()), call.region),
  });

  const tags = new Tags();
  const templates = new JobTemplates({ accountId, region }, tags);
  const stacks = new Stacks({ accountId, region }, templates);
  const mediaConvert = new MediaConvertService({
    ...options,
    account: { accountId, region },
    templates,
    tags,
    onStatus: (job) => emit(jobEvent(job, accountId, new Date())),
  });
  return {
    s3,
    close: () => mediaConvert.close(),
    handlers: {
      acm: (request) => acm.handle(request),
      budgets: (request) => budgets.handle(request),
      cloudformation: (request) => handleCloudFormation(stacks, request),
      cloudfront: async (request) => {
        const certificate = /<ACMCertificateArn>([^<]+)</.exec(request.body)?.[1];
        if (certificate !== undefined) await acm.requireIssued(certificate);
        return cloudFront.handle(request);
      },
      events: (request) => events.handle(request),
      iam: (request) => passWithSharedSecret(moto, request),
      kms: (request) => kms.handle(request),
      logs: (request) => logs.handle(request),
      mediaconvert: (request) => mediaConvert.handle(request),
      secretsmanager: (request) => secretsManager.handle(request),
      sqs: (request) => sqs.handle(request),
      sts: (request) => passWithSharedSecret(moto, request),
    },
  };
}
