/** Services beyond those that `npm start` needs: who starts the API hands them in, as the test suites do. */
import type { ApiHandler } from './api-request.ts';
import type { KmsLayer } from './kms/service.ts';
import type { Job } from './mediaconvert/jobs.ts';
import type { MotoClient } from './moto-client.ts';
import type { S3Layer } from './s3/service.ts';
import type { RefusedCall } from './secretsmanager/service.ts';

export interface AddedService {
  /** Signing name, by which calls find it: `sqs`. */
  readonly name: string;
  create(parts: ServiceParts): RunningService;
}

/** What a service may ask of the others. */
interface ServiceParts {
  readonly moto: MotoClient;
  readonly s3: Pick<S3Layer, 'letsService'>;
  readonly kms: KmsLayer;
  readonly accountId: string;
  /** Gets a line per failure, without bodies or credentials. */
  readonly log: (line: string) => void;
}

interface RunningService {
  /** Answers one call. */
  readonly handle: ApiHandler;
  /** Called when the status of a MediaConvert job has changed. */
  readonly onJobStatus?: (job: Job, region: string) => void;
  /** Called when a secret's policy has denied a call. */
  readonly onRefusedCall?: (call: RefusedCall) => void;
  /** @throws AwsError what CloudFront answers to a certificate that it cannot use */
  readonly requireCertificate?: (arn: string) => Promise<void>;
}

/**
 * What moto answers unlike AWS and no layer here corrects, with the settings of an environment that need it: 501 unless
 * the service is handed in, before Terraform takes moto's answer for a change that somebody has made.
 */
export const ONLY_ADDED = {
  acm: 'hostedZoneId',
  budgets: 'monthlyBudgetUsd',
  events: 'jobEvents and alarmEmail',
  logs: 'accessLogRetentionDays',
  sqs: 'jobEvents',
} as const satisfies Readonly<Record<string, string>>;
