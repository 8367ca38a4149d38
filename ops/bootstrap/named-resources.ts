/** What of a synthesized stack can be there already under the name that the stack gives it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Arguments = Readonly<Record<string, unknown>>;

/** What `terraform import` wants for each type whose second creation AWS refuses. */
const IMPORT_IDS: Readonly<Record<string, (args: Arguments, accountId: string) => string>> = {
  aws_s3_bucket: ({ bucket }) => String(bucket),
  aws_dynamodb_table: ({ name }) => String(name),
  aws_iam_role: ({ name }) => String(name),
  aws_iam_policy: ({ name }, accountId) => `arn:aws:iam::${accountId}:policy/${name}`,
  aws_iam_openid_connect_provider: ({ url }, accountId) =>
    `arn:aws:iam::${accountId}:oidc-provider/${String(url).replace('https://', '')}`,
};

export interface NamedResource {
  readonly address: string;
  /** For `terraform import`. */
  readonly id: string;
}

export function namedResources(folder: string, accountId: string): NamedResource[] {
  const { resource } = JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')) as {
    resource: Record<string, Record<string, Arguments>>;
  };
  return Object.entries(IMPORT_IDS).flatMap(([type, idOf]) =>
    Object.entries(resource[type] ?? {}).map(([name, args]) => ({
      address: `${type}.${name}`,
      id: idOf(args, accountId),
    })),
  );
}
