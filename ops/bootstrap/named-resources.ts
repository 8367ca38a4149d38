/** What of a synthesized stack can be there already under the name that the stack gives it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Block } from '../../aws/stack/blocks.ts';
import { StackGraph } from '../../aws/stack/stack-graph.ts';

/** What `terraform import` wants for each type whose second creation AWS refuses. */
const IMPORT_IDS: Readonly<Record<string, (args: Block, accountId: string) => string>> = {
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
  const graph = new StackGraph(JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8')));
  return Object.entries(IMPORT_IDS).flatMap(([type, idOf]) =>
    graph.ofType(type).map(({ address, block }) => ({ address, id: idOf(block, accountId) })),
  );
}
