/** What the library's commands need of an environment: of what Terraform made, the buckets, the queue and the role. Pure. */
import type { CreateJobOptions } from '@storytime/hls-jobs';
import { z } from 'zod';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { jobTemplate } from '../../envs/stack-props.ts';
import { UsageError } from '../terraform/targets.ts';

const outputsSchema = z.object({
  master_uploads_bucket_name: z.string(),
  hls_outputs_bucket_name: z.string(),
  mediaconvert_queue_arn: z.string(),
  mediaconvert_role_arn: z.string(),
  /** Of an environment with `playback`. */
  playback_table_name: z.string().optional(),
  playback_key_arn: z.string().optional(),
});

export type LibraryOutputs = z.infer<typeof outputsSchema>;

/** @throws UsageError naming every output that is not there, or is not text */
export function libraryOutputs(
  { environment }: Pick<EnvironmentConfig, 'environment'>,
  outputs: Readonly<Record<string, unknown>>,
): LibraryOutputs {
  const parsed = outputsSchema.safeParse(outputs);
  if (parsed.success) return parsed.data;
  const missing = [...new Set(parsed.error.issues.map(({ path }) => String(path[0])))];
  throw new UsageError(
    `"${environment}" has not been applied to its end, it has no output ${missing.join(', ')}: ` +
      `npm run apply -- ${environment}`,
  );
}

/** What is the same in every title's job. */
export function bookJob(
  config: EnvironmentConfig,
  outputs: Omit<LibraryOutputs, 'master_uploads_bucket_name'>,
): Omit<CreateJobOptions, 'bookId' | 'masterUri' | 'source'> {
  return {
    outputsBucket: outputs.hls_outputs_bucket_name,
    pathPrefix: config.pathPrefix,
    queueArn: outputs.mediaconvert_queue_arn,
    roleArn: outputs.mediaconvert_role_arn,
    longestMasterSeconds: config.longestMasterSeconds,
    ...jobTemplate(config),
  };
}
