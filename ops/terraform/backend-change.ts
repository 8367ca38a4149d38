/** What changed between the backend that a folder was initialized with and the one that its stack names now. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/**
 * Whether the backend that the folder was initialized with differs in nothing but how it locks, and as whom it is reached.
 * Terraform cannot tell that from a state in another place, and would ask what to do about the old one.
 */
export function isAccessAlone(folder: string): boolean {
  const before = backendOf(join(folder, '.terraform/terraform.tfstate'), initialized);
  const now = backendOf(join(folder, 'cdk.tf.json'), synthesized);
  return (
    before !== null &&
    now !== null &&
    isDeepStrictEqual(before.place, now.place) &&
    !isDeepStrictEqual(before.access, now.access)
  );
}

const s3Backend = z
  .looseObject({
    bucket: z.string(),
    key: z.string(),
    region: z.string(),
    dynamodb_table: z.string().nullish(),
    use_lockfile: z.boolean().nullish(),
    assume_role: z.looseObject({ role_arn: z.string() }).nullish(),
  })
  .transform(({ bucket, key, region, dynamodb_table, use_lockfile, assume_role }) => ({
    place: { region, bucket, key },
    access: {
      table: dynamodb_table ?? '',
      isFileUsed: use_lockfile ?? false,
      role: assume_role?.role_arn ?? '',
    },
  }));
const initialized = z
  .object({ backend: z.object({ type: z.literal('s3'), config: s3Backend }) })
  .transform(({ backend }) => backend.config);
const synthesized = z
  .object({ terraform: z.object({ backend: z.object({ s3: s3Backend }) }) })
  .transform(({ terraform }) => terraform.backend.s3);

/** Null when there is no such file, or the state is not in S3. */
function backendOf<T>(path: string, schema: z.ZodType<T>): T | null {
  if (!existsSync(path)) return null;
  return schema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data ?? null;
}
