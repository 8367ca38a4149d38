/** What a configuration may say, and probably should not: told at every synth, and refused by nothing. */
import { LEAST_DAYS_CHARGED, mustBeRestored } from '../aws/values/storage-classes.ts';
import type { EnvironmentConfig } from './config.ts';

/** One sentence each, without a full stop; none for the environment `local`, where nothing ages. */
export function warningsOf(config: EnvironmentConfig): string[] {
  if (config.localPorts !== null) return [];
  return [...earlyDeletions(config), ...unreadableMasters(config), ...destroyedBuckets(config)].map(
    (text) => `envs/${config.environment}.ts: ${text}`,
  );
}

/**
 * S3 charges an archived object for the minimum days of its class, even if it is deleted earlier. With versioning an expired
 * object becomes noncurrent, and its class stays.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
function earlyDeletions({
  mastersGlacierAfterDays: archive,
  mastersArchiveClass: archiveClass,
  mastersExpireAfterDays: expire,
  mastersNoncurrentExpiryDays: noncurrent,
}: EnvironmentConfig): string[] {
  if (archive === null) return [];
  const charged = LEAST_DAYS_CHARGED[archiveClass];
  const advice = `${archiveClass} charges for ${charged} days at least: raise the days, or archive later or not at all`;
  if (expire !== null) {
    const days = expire - archive + (noncurrent ?? 0);
    if (days < charged) {
      const fields = [
        'mastersGlacierAfterDays',
        'mastersExpireAfterDays',
        ...(noncurrent === null ? [] : ['mastersNoncurrentExpiryDays']),
      ];
      return [`masters are archived for ${days} days only (${fields.join(', ')}), and ${advice}`];
    }
  }
  if (noncurrent === null || noncurrent >= charged) return [];
  return [
    `an archived master that is deleted or overwritten is gone ${noncurrent} days later (mastersNoncurrentExpiryDays), and ${advice}`,
  ];
}

/** S3 moves objects of day 0 at the next midnight in UTC, which may be minutes after the upload. */
function unreadableMasters({
  mastersGlacierAfterDays: archive,
  mastersArchiveClass: archiveClass,
}: EnvironmentConfig): string[] {
  if (archive !== 0 || !mustBeRestored(archiveClass)) return [];
  return [
    `mastersGlacierAfterDays 0 archives a master at the next midnight (UTC), and MediaConvert cannot read one in ${archiveClass}: ` +
      'archive at 1 or later, or use mastersArchiveClass "GLACIER_IR"',
  ];
}

/** Objects of the time before the environment took the buckets over count too. */
function destroyedBuckets({ bucketNames, forceDestroy }: EnvironmentConfig): string[] {
  if (bucketNames === null || !forceDestroy) return [];
  return [
    'npm run destroy deletes every object of the buckets in bucketNames, also those that were there before, because forceDestroy is true',
  ];
}
