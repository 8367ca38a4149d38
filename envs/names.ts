/** Names that follow from an environment. Those of its two video buckets can be typed instead (`bucketNames`). */

interface Named {
  readonly projectName: string;
  readonly environment: string;
}

interface NamedBuckets extends Named {
  readonly bucketSuffix: string | null;
  readonly bucketNames: { readonly masters: string; readonly outputs: string } | null;
}

/** `storytime-dev`: prefix of everything that is unique in an account. */
export function resourcePrefix({ projectName, environment }: Named): string {
  return `${projectName}-${environment}`;
}

/** `storytime-dev-deploy`: prefix of the roles that GitHub Actions assumes, `…-plan`, `…-apply` and `…-rotate`. */
export function deployRolesName(config: Named): string {
  return `${resourcePrefix(config)}-deploy`;
}

/** `storytime-dev-playback`: the table, and the alias of its key. */
export function playbackTableName(config: Named): string {
  return `${resourcePrefix(config)}-playback`;
}

/** `bucketNames.masters`, or else `storytime-master-uploads-dev` and the suffix if there is one. */
export function masterUploadsBucketName(config: NamedBuckets): string {
  return config.bucketNames?.masters ?? bucketName(config, 'master-uploads');
}

/** `bucketNames.outputs`, or else `storytime-hls-outputs-dev` and the suffix if there is one. */
export function hlsOutputsBucketName(config: NamedBuckets): string {
  return config.bucketNames?.outputs ?? bucketName(config, 'hls-outputs');
}

/** `storytime-access-logs-dev`, and the suffix if there is one. */
export function accessLogsBucketName(config: Omit<NamedBuckets, 'bucketNames'>): string {
  return bucketName(config, 'access-logs');
}

/** `/storytime/dev/app_config`, in SSM. */
export function appConfigName({ projectName, environment }: Named): string {
  return `/${projectName}/${environment}/app_config`;
}

/** `storytime/dev/terraform.tfstate`: two environments can share a bucket but never a state. */
export function stateKey({ projectName, environment }: Named): string {
  return `${projectName}/${environment}/terraform.tfstate`;
}

/** Tags that every resource carries, whatever `tags` says. */
export function standardTags({ projectName, environment }: Named): Record<string, string> {
  return { project: projectName, environment, 'managed-by': 'terraform' };
}

function bucketName(
  { projectName, environment, bucketSuffix }: Omit<NamedBuckets, 'bucketNames'>,
  purpose: string,
): string {
  return [projectName, purpose, environment, bucketSuffix].filter((part) => part !== null).join('-');
}
