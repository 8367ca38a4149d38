/** What a backend reads, by the names of its environment variables: a contract, as a table in README.md. */
import type { EnvironmentConfig } from './config.ts';

/** In README's order. The secret goes by its name, which outlives a destroy and an apply as its ARN does not. */
const OUTPUT_OF = {
  MASTER_UPLOADS_BUCKET: 'master_uploads_bucket_name',
  HLS_OUTPUTS_BUCKET: 'hls_outputs_bucket_name',
  CLOUDFRONT_DOMAIN: 'cloudfront_domain_name',
  CLOUDFRONT_DISTRIBUTION_ID: 'cloudfront_distribution_id',
  CLOUDFRONT_KEY_GROUP_ID: 'cloudfront_key_group_id',
  CLOUDFRONT_KEY_PAIR_ID: 'cloudfront_public_key_id',
  CLOUDFRONT_PRIVATE_KEY_SECRET: 'cloudfront_private_key_secret_name',
  MEDIACONVERT_ROLE_ARN: 'mediaconvert_role_arn',
  MEDIACONVERT_QUEUE_ARN: 'mediaconvert_queue_arn',
  MEDIACONVERT_JOB_TEMPLATE: 'mediaconvert_job_template_name',
} as const;

/** Outputs of environments that ask for what they name. */
const OPTIONAL_OUTPUT_OF = {
  MEDIACONVERT_EVENTS_QUEUE_URL: 'mediaconvert_events_queue_url',
  MEDIACONVERT_EVENTS_TOPIC_ARN: 'mediaconvert_events_topic_arn',
  CLOUDFRONT_SIGNING_KMS_KEY: 'cloudfront_signing_kms_key_arn',
  ENCRYPTION_KEY_ARN: 'encryption_key_arn',
  PLAYBACK_TABLE: 'playback_table_name',
  PLAYBACK_KEY_ARN: 'playback_key_arn',
} as const;

export interface BackendVariables {
  readonly variables: Readonly<Record<string, string>>;
  /** Outputs that every environment has, and that are not there or not text. */
  readonly missing: readonly string[];
}

/**
 * The variables of README's table, from an environment's outputs; `AWS_REGION`, `LONGEST_MASTER_SECONDS`, what uploads may
 * be (`MASTER_UPLOADS_PREFIX`, …), `HLS_PATH_PREFIX`, the domains and what playback says (`PLAYBACK_KEY_URL`, …) from its
 * configuration. Nothing in it is secret.
 */
export function backendVariables(
  config: Pick<
    EnvironmentConfig,
    | 'awsRegion'
    | 'domainName'
    | 'longestMasterSeconds'
    | 'otherDomainNames'
    | 'uploadKeyPrefix'
    | 'uploadMaxBytes'
    | 'uploadContentTypes'
    | 'uploadExpirySeconds'
    | 'pathPrefix'
    | 'playback'
  >,
  outputs: Readonly<Record<string, unknown>>,
): BackendVariables {
  const { domainName, otherDomainNames, playback } = config;
  const variables: Record<string, string> = {
    AWS_REGION: config.awsRegion,
    LONGEST_MASTER_SECONDS: String(config.longestMasterSeconds),
    MASTER_UPLOADS_PREFIX: config.uploadKeyPrefix,
    MASTER_UPLOADS_MAX_BYTES: String(config.uploadMaxBytes),
    MASTER_UPLOADS_CONTENT_TYPES: config.uploadContentTypes.join(','),
    MASTER_UPLOADS_EXPIRY_SECONDS: String(config.uploadExpirySeconds),
    HLS_PATH_PREFIX: config.pathPrefix,
  };
  const missing: string[] = [];
  for (const [variable, output] of Object.entries({ ...OUTPUT_OF, ...OPTIONAL_OUTPUT_OF })) {
    const value = outputs[output];
    if (typeof value === 'string' && value !== '') variables[variable] = value;
    else if (variable in OUTPUT_OF) missing.push(output);
  }
  // Viewers and policies use your own domain if there is one.
  if (domainName !== null) variables.CLOUDFRONT_DOMAIN = domainName;
  if (otherDomainNames.length > 0) variables.CLOUDFRONT_OTHER_DOMAINS = otherDomainNames.join(',');
  if (playback !== null) {
    variables.PLAYBACK_KEY_URL = playback.keyUrl;
    variables.PLAYBACK_ACCESS_LOG_DAYS = String(playback.accessLogDays);
  }
  return { variables, missing };
}
