/** The local cloud: moto behind a gateway that answers what moto lacks and enforces what moto lets pass. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Transcode } from '../transcoder/contract.ts';
import { AcmLayer } from './acm/service.ts';
import { BudgetsService } from './budgets/service.ts';
import { handleCloudFormation } from './cloudformation/service.ts';
import { Stacks } from './cloudformation/stacks.ts';
import { CloudFrontControlPlane } from './cloudfront/control-plane.ts';
import { refusedCallEvent } from './cloudtrail.ts';
import { type BusEvent, EventBus } from './events/event-bus.ts';
import { EventsLayer } from './events/service.ts';
import { createGateway } from './gateway.ts';
import { KmsLayer } from './kms/service.ts';
import { LogsLayer } from './logs/service.ts';
import { jobEvent } from './mediaconvert/job-event.ts';
import { JobTemplates } from './mediaconvert/job-templates.ts';
import { MediaConvertService } from './mediaconvert/service.ts';
import { Tags } from './mediaconvert/tags.ts';
import { startMoto } from './moto.ts';
import { MotoClient } from './moto-client.ts';
import { Callers } from './policy/principal.ts';
import { S3Layer } from './s3/service.ts';
import { SecretsManagerLayer } from './secretsmanager/service.ts';
import { ACCOUNT_ACCESS_KEY_ID, SECRET_ACCESS_KEY } from './service-principals.ts';
import { passWithSharedSecret } from './shared-secret.ts';
import { SqsLayer } from './sqs/service.ts';

export interface LocalCloud {
  /** `http://127.0.0.1:<port>`; the numeric host makes S3 clients use path style. */
  readonly endpoint: string;
  /** All that Terraform and AWS SDK clients need to reach this cloud and no other. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends moto and every running job. May be called again. */
  close(): Promise<void>;
}

export interface LocalCloudOptions {
  /** The account that everything belongs to, 12 digits. */
  readonly accountId: string;
  readonly region: string;
  /** Runs MediaConvert's jobs. */
  readonly transcode: Transcode;
  /** @default 0: a free port */
  readonly port?: number;
  /** Failures and refused calls, one per line, without bodies, queries or credentials. @default - silent */
  readonly log?: (line: string) => void;
}

/**
 * Starts an AWS account on loopback. Its state is in memory and ends with `close`, or with this process.
 *
 * @throws Error when no Python can import moto, or the port is taken
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const { accountId, region, transcode, log = () => {} } = options;
  const motoProcess = await startMoto({ accountId, region });
  const moto = new MotoClient({ port: motoProcess.port, region });
  const callers = new Callers({ moto, accountId });
  const kms = new KmsLayer({ moto, callers });
  const bus = new EventBus({ moto, kms, accountId, log });
  const events = new EventsLayer({ moto, bus });
  const emit = (event: BusEvent, at = region) => {
    bus.emit(at, event).catch((error: unknown) => {
      log(`events: ${event.detailType} from ${event.source} was not told: ${String(error)}`);
    });
  };
  const tags = new Tags();
  const templates = new JobTemplates({ accountId, region }, tags);
  const mediaConvert = new MediaConvertService({
    account: { accountId, region },
    moto,
    templates,
    tags,
    transcode,
    log,
    onStatus: (job) => emit(jobEvent(job, accountId, new Date())),
    endpoint: () => endpoint,
    environment: () => environment,
  });
  const stacks = new Stacks({ accountId, region }, templates);
  const cloudFront = new CloudFrontControlPlane({ accountId });
  const acm = new AcmLayer({ moto });
  const secretsManager = new SecretsManagerLayer({
    moto,
    callers,
    onRefusal: (call) => emit(refusedCallEvent(call, accountId, new Date()), call.region),
  });
  const s3 = new S3Layer({ moto, accountId, callers, kms });
  const logs = new LogsLayer({ moto, s3 });
  const budgets = new BudgetsService({ accountId });
  const sqs = new SqsLayer({ moto });
  const server = createGateway({
    moto,
    log,
    s3: (incoming, outgoing) => s3.handle(incoming, outgoing),
    handlers: {
      cloudfront: async (request) => {
        const certificate = /<ACMCertificateArn>([^<]+)</.exec(request.body)?.[1];
        if (certificate !== undefined) await acm.requireIssued(certificate);
        return cloudFront.handle(request);
      },
      acm: (request) => acm.handle(request),
      mediaconvert: (request) => mediaConvert.handle(request),
      cloudformation: (request) => handleCloudFormation(stacks, request),
      budgets: (request) => budgets.handle(request),
      sqs: (request) => sqs.handle(request),
      events: (request) => events.handle(request),
      logs: (request) => logs.handle(request),
      kms: (request) => kms.handle(request),
      secretsmanager: (request) => secretsManager.handle(request),
      iam: (request) => passWithSharedSecret(moto, request),
      sts: (request) => passWithSharedSecret(moto, request),
    },
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    await motoProcess.close();
    throw error;
  }
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = clientEnvironment(endpoint, region);
  const end = async () => {
    await mediaConvert.close();
    server.close();
    server.closeAllConnections();
    moto.close();
    await motoProcess.close();
  };
  let ended: Promise<void> | undefined;
  return {
    endpoint,
    environment,
    close: () => {
      ended ??= end();
      return ended;
    },
  };
}

function clientEnvironment(endpoint: string, region: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: ACCOUNT_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: SECRET_ACCESS_KEY,
    AWS_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    // Whatever the user's own files say, this is the only account that is meant.
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    NO_PROXY: '127.0.0.1,localhost',
  };
}
