/** The names that a Node or Rails backend reads: a contract, as a table in README.md. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { UsageError } from '../terraform/targets.ts';

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

/**
 * A backend's environment: `AWS_REGION` and what stands in README's table. Nothing in it is secret.
 *
 * @throws UsageError naming every output that is not there, or is not text
 */
export function backendEnvironment(
  { environment, awsRegion, domainName }: Pick<EnvironmentConfig, 'environment' | 'awsRegion' | 'domainName'>,
  outputs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string>> {
  const variables: Record<string, string> = { AWS_REGION: awsRegion };
  const missing: string[] = [];
  for (const [variable, output] of Object.entries(OUTPUT_OF)) {
    const value = outputs[output];
    if (typeof value === 'string' && value !== '') variables[variable] = value;
    else missing.push(output);
  }
  if (missing.length > 0) {
    throw new UsageError(
      `"${environment}" has not been applied to its end, it has no output ${missing.join(', ')}: ` +
        `npm run apply -- ${environment}`,
    );
  }
  // Viewers and policies name the domain of one's own where there is one.
  if (domainName !== null) variables.CLOUDFRONT_DOMAIN = domainName;
  return variables;
}
