/** What no environment can see by itself: that another one has the same bucket, or would own its boundary. Pure. */
import { resourceIn } from '../aws/values/arns.ts';
import type { EnvironmentConfig } from './config.ts';
import { ConfigError, describeSafely, type Violation } from './config-error.ts';
import {
  accessLogsBucketName,
  hlsOutputsBucketName,
  masterUploadsBucketName,
  resourcePrefix,
} from './names.ts';

/**
 * A deploy may change and empty the buckets of its environment, and rewrite its policies: so no environment may name those
 * of another one. Environments may share a bucket for their states, which deploys reach by key.
 *
 * @throws ConfigError that names the first environment with such a value
 */
export function refuseSharedNames(configs: readonly EnvironmentConfig[]): void {
  for (const config of configs) {
    const violations = configs
      .filter((other) => other.environment !== config.environment)
      .flatMap((other) => [...sharedBuckets(config, other), ...boundaryOf(config, other)]);
    if (violations.length > 0) throw new ConfigError(`environment "${config.environment}"`, violations);
  }
}

function sharedBuckets(config: EnvironmentConfig, other: EnvironmentConfig): Violation[] {
  const theirs = new Map([
    [masterUploadsBucketName(other), 'masters'],
    [hlsOutputsBucketName(other), 'outputs'],
    [accessLogsBucketName(other), 'access logs'],
    ...(other.state.kind === 's3' ? [[other.state.bucket, 'states'] as const] : []),
  ]);
  const own: readonly (readonly [path: string, name: string])[] = [
    [config.bucketNames === null ? 'bucketSuffix' : 'bucketNames.masters', masterUploadsBucketName(config)],
    [config.bucketNames === null ? 'bucketSuffix' : 'bucketNames.outputs', hlsOutputsBucketName(config)],
    ['bucketSuffix', accessLogsBucketName(config)],
  ];
  return own.flatMap(([path, name]) => {
    const purpose = theirs.get(name);
    if (purpose === undefined) return [];
    const wanted = `a bucket of its own: this is the bucket for ${purpose} of "${other.environment}"`;
    return [{ path, wanted, got: describeSafely(name) }];
  });
}

function boundaryOf(
  { permissionsBoundaryArn: arn }: EnvironmentConfig,
  other: EnvironmentConfig,
): Violation[] {
  if (arn === null || !resourceIn(arn).startsWith(`policy/${resourcePrefix(other)}-`)) return [];
  const wanted = `a policy that no deployment can rewrite: "${other.environment}" owns the policies that start with "${resourcePrefix(other)}-"`;
  return [{ path: 'permissionsBoundaryArn', wanted, got: describeSafely(arn) }];
}
