/** Terraform itself: the right account, a state that is kept and locked, and nothing hidden from these rules. */

import { type Block, blockOf, blocksOf, membersOf, stringsOf } from '../../../aws/stack/blocks.ts';
import { type HiddenBlock, hiddenIn } from '../../../aws/stack/hidden.ts';
import type { StackGraph } from '../../../aws/stack/stack-graph.ts';
import { parseTemplate } from '../../../aws/stack/template.ts';
import { ACCOUNT_ID } from '../../../aws/values/arns.ts';
import { nameOf } from '../part.ts';
import { at, type Finding, type GuardedStack, type Judged, type Rule, show } from '../rule.ts';

const TAGS = ['project', 'environment', 'cost-centre', 'managed-by'];
const CREDENTIALS = ['access_key', 'secret_key', 'token'];
/** Arguments that exist to get around something, or to talk to something else than AWS. */
const SHORTCUTS =
  /^(?:endpoints|endpoint|insecure|force_path_style|use_path_style|s3_use_path_style|skip_.*|sts_endpoint|iam_endpoint|dynamodb_endpoint)$/;
/** `>= 5.100.0, < 7.0.0`, `~> 6.0`, `6.2.0`: both ends are said. */
const BOUNDED = /(?:>=?\s*\d.*<=?\s*\d|<=?\s*\d.*>=?\s*\d|~>\s*\d|^=?\s*\d+\.\d+\.\d+$)/;
const TEMPLATE_TYPE = /^AWS::MediaConvert::/;

export const terraformRules: readonly Rule[] = [
  {
    id: 'tf-account-guard',
    title: 'providers and backend name the accounts that they may touch, and all name the same ones',
    why: 'otherwise the wrong AWS profile in the shell would apply dev over prod',
    check: ({ graph }) => {
      const remote = graph.backend?.kind === 's3' ? [graph.backend] : [];
      const guards = [...graph.providers, ...remote].map(({ address, block }) => ({
        address,
        accounts: stringsOf(block.allowed_account_ids).toSorted(),
      }));
      const first = guards.find(({ accounts }) => areAccounts(accounts));
      return guards
        .filter(({ accounts }) => !areAccounts(accounts) || accounts.join() !== first?.accounts.join())
        .map(({ address, accounts }) => ({
          address,
          found: `allowed_account_ids ${show(accounts)}`,
          wanted: first ? show(first.accounts) : 'account ids of 12 digits',
        }));
    },
  },
  {
    id: 'tf-one-role',
    title: 'either all providers and the backend assume the same role, or none of them assumes a role',
    why: 'one without the role would use the deploy account: for the state, or for CloudFront’s resources in us-east-1',
    check: ({ graph }) => {
      const remote = graph.backend?.kind === 's3' ? [graph.backend] : [];
      const roles = [...graph.providers, ...remote].map(({ address, block }) => ({
        address,
        role: blockOf(block.assume_role).role_arn,
      }));
      const first = roles.find(({ role }) => role !== undefined)?.role;
      return roles
        .filter(({ role }) => role !== first)
        .map(({ address, role }) => ({
          address,
          found: `assume_role ${show(role)}`,
          wanted: show(first),
        }));
    },
  },
  {
    id: 'tf-region-named',
    title: 'every provider names its region',
    why: 'otherwise AWS_REGION decides, and the same apply would create everything a second time in another region',
    check: ({ graph }) =>
      graph.providers
        .filter(({ block: { region } }) => typeof region !== 'string' || region === '')
        .map(({ address, block }) => ({
          address,
          found: `region ${show(block.region)}`,
          wanted: 'a region',
        })),
  },
  {
    id: 'tf-default-tags',
    title: 'providers tag everything with project, environment, cost centre and managed-by',
    why: 'costs of untagged resources are assigned to nobody, and clean-ups miss them',
    check: ({ graph, environment }) =>
      graph.providers.flatMap(({ address, block }) => {
        const tags = blockOf(blockOf(block.default_tags).tags);
        return [
          ...TAGS.filter((tag) => typeof tags[tag] !== 'string' || tags[tag] === '').map((tag) => ({
            address,
            part: { value: tag },
            found: `no default tag ${tag}`,
            wanted: `default_tags with ${TAGS.join(', ')}`,
          })),
          ...(typeof tags.environment === 'string' && tags.environment !== environment
            ? [
                {
                  address,
                  part: { value: 'environment' },
                  found: `environment ${show(tags.environment)}`,
                  wanted: `"${environment}"`,
                },
              ]
            : []),
        ];
      }),
  },
  {
    id: 'tf-no-credentials',
    title: 'no provider or backend carries credentials',
    why: 'they would be written into cdk.tf.json, the plan and .terraform: use a profile, SSO or OIDC',
    checkov: ['CKV_AWS_41'],
    check: (stack) =>
      eachConnection(stack, (block) =>
        CREDENTIALS.filter((argument) => block[argument] !== undefined).map((argument) => ({
          part: { argument },
          found: argument,
          wanted: 'none: credentials come from the environment',
        })),
      ),
  },
  {
    id: 'tf-no-shortcuts',
    title: 'providers and backend skip no check and set no endpoint',
    why: 'skipping the account check disables the guard; set AWS_ENDPOINT_URL outside the stack to use a local AWS API',
    check: (stack) =>
      eachConnection(stack, (block) =>
        Object.entries(block)
          .filter(([argument, value]) => SHORTCUTS.test(argument) && value !== false)
          .map(([argument]) => ({ part: { argument }, found: argument, wanted: 'no such argument' })),
      ),
  },
  {
    id: 'tf-version-ranges',
    title: 'Terraform and every provider have a version range with a lower and an upper end',
    why: 'a new major version replaces resources or drops arguments, on the first machine that runs init',
    check: ({ graph: { terraform, providers } }) => {
      const required = blockOf(terraform.required_providers);
      const versions = [
        ...Object.entries({ ...(providers.length > 0 && { aws: undefined }), ...required }).map(
          ([name, provider]) => [`terraform.required_providers.${name}`, blockOf(provider).version] as const,
        ),
        ['terraform.required_version', terraform.required_version] as const,
      ];
      return versions
        .filter(([, version]) => typeof version !== 'string' || !BOUNDED.test(version))
        .map(([address, version]) => ({
          address,
          found: `version ${show(version)}`,
          wanted: 'a range such as ">= 5.100.0, < 7.0.0"',
        }));
    },
  },
  {
    id: 'tf-remote-state',
    title: 'an environment on AWS keeps its state in S3, under its own name',
    why: 'a state on one disk is lost with the disk, and two environments with the same key destroy each other',
    check: ({ graph: { backend }, environment, purpose }) => {
      if (purpose !== 'account') return [];
      if (backend === undefined || backend.kind !== 's3') {
        const address = backend?.address ?? 'terraform.backend';
        return [{ address, found: `the backend ${show(backend?.kind)}`, wanted: '"s3"' }];
      }
      const key = String(backend.block.key);
      if (key.split('/').includes(environment)) return [];
      return [
        { address: backend.address, found: `the key ${show(key)}`, wanted: `a key with /${environment}/` },
      ];
    },
  },
  {
    id: 'tf-state-encrypted',
    title: 'the state is encrypted',
    why: 'a state holds every attribute of every resource, some of them confidential',
    check: ({ graph: { backend } }) =>
      backend?.kind !== 's3' || backend.block.encrypt === true
        ? []
        : [
            {
              address: backend.address,
              found: `encrypt ${show(backend.block.encrypt)}`,
              wanted: 'encrypt true',
            },
          ],
  },
  {
    id: 'tf-state-locked',
    title: 'the state has a lock',
    why: 'two applies at the same time overwrite each other’s state, and resources are forgotten',
    check: ({ graph: { backend } }) => {
      if (backend?.kind !== 's3') return [];
      const { use_lockfile: file, dynamodb_table: table } = backend.block;
      if (file === true || (typeof table === 'string' && table !== '')) return [];
      return [{ address: backend.address, found: 'no lock', wanted: 'use_lockfile true, or dynamodb_table' }];
    },
  },
  {
    id: 'tf-state-kept',
    title: 'the bucket and the table that hold states and locks are protected from deletion',
    why: 'a deleted or overwritten state can be restored from a version; without versions it takes days to rebuild by hand',
    checkov: ['CKV_AWS_21', 'CKV_AWS_28'],
    check: (stack) => (stack.purpose === 'state' ? stateFindings(stack) : []),
  },
  {
    id: 'tf-nothing-hidden',
    title:
      'every resource is in the stack itself, block by block: no modules, no provisioners, no dynamic blocks, no lists inside lists',
    why: 'these rules see neither the resources of a module nor blocks that Terraform puts together at a plan, and nobody sees the effect of a provisioner’s command before it runs',
    check: ({ graph }) => [
      ...membersOf(graph.json.module).map(([name]) => ({
        address: `module.${name}`,
        found: 'a Terraform module',
        wanted: 'a construct of modules/',
      })),
      ...graph.resources
        .filter(({ block }) => block.provisioner !== undefined)
        .map(({ address }) => ({
          address,
          part: { argument: 'provisioner' },
          found: 'a provisioner',
          wanted: 'none',
        })),
      ...writtenIn(graph).flatMap(({ address, body }) => at(address, hiddenIn(body).map(hiddenFinding))),
    ],
  },
  {
    id: 'cfn-job-template-only',
    title: 'CloudFormation makes MediaConvert job templates and nothing else',
    why: 'resources that CloudFormation makes appear in no plan, have only the tags of its stack, and are not visible to these rules',
    check: ({ graph }) =>
      graph.ofType('aws_cloudformation_stack').flatMap(({ address, block }) => {
        const template = blockOf(parseTemplate(String(block.template_body ?? '')));
        const types = blocksOf(Object.values(blockOf(template.Resources))).map(({ Type }) => String(Type));
        const others = types.filter((type) => !TEMPLATE_TYPE.test(type));
        return [
          ...(types.length > 0
            ? []
            : [{ address, found: 'a template that cannot be read', wanted: 'template_body' }]),
          ...others.map((type) => ({
            address,
            part: { value: nameOf(type) },
            found: type,
            wanted: 'AWS::MediaConvert:: only',
          })),
          ...(block.capabilities === undefined
            ? []
            : [
                {
                  address,
                  part: { argument: 'capabilities' },
                  found: `capabilities ${show(block.capabilities)}`,
                  wanted: 'none',
                },
              ]),
        ];
      }),
  },
  {
    id: 'mediaconvert-no-static-key',
    title: 'no job template holds a content key',
    why: 'a key in a template is in the state, and everybody who may describe templates can read it: pass the key with each job',
    check: ({ graph }) =>
      graph
        .ofType('aws_cloudformation_stack')
        .filter(({ block }) => /"StaticKey(?:Provider|Value)"/i.test(String(block.template_body)))
        .map(({ address }) => ({
          address,
          found: 'a static content key',
          wanted: 'none: pass it with the job',
        })),
  },
];

/** Resources, data sources and providers as they are written, before anything is made of them. */
function writtenIn({ json }: StackGraph): { readonly address: string; readonly body: unknown }[] {
  const named = (prefix: string, byType: unknown) =>
    membersOf(byType).flatMap(([type, byName]) =>
      membersOf(byName).map(([name, body]) => ({ address: `${prefix}${type}.${name}`, body })),
    );
  const providers = membersOf(json.provider).map(([name, body]) => ({ address: `provider.${name}`, body }));
  return [...named('', json.resource), ...named('data.', json.data), ...providers];
}

function hiddenFinding({ form, path }: HiddenBlock): Judged[number] {
  const value = nameOf(path);
  return form === 'dynamic'
    ? { part: { argument: 'dynamic', value }, found: `dynamic blocks ${path}`, wanted: 'each block itself' }
    : { part: { argument: value }, found: `${path || 'a body'} as a list in a list`, wanted: 'one list' };
}

function areAccounts(ids: readonly string[]): boolean {
  return ids.length > 0 && ids.every((id) => ACCOUNT_ID.test(id));
}

function eachConnection(
  { graph }: GuardedStack,
  judge: (block: Block) => Omit<Finding, 'address'>[],
): Finding[] {
  return [...graph.providers, ...(graph.backend ? [graph.backend] : [])].flatMap(({ address, block }) =>
    judge(block).map((finding) => ({ address, ...finding })),
  );
}

function stateFindings({ graph }: GuardedStack): Finding[] {
  const kept = graph.ofType('aws_s3_bucket', 'aws_dynamodb_table');
  return [
    ...kept
      .filter(({ block }) => blockOf(block.lifecycle).prevent_destroy !== true)
      .map(({ address }) => ({
        address,
        part: { argument: 'prevent_destroy' },
        found: 'no prevent_destroy',
        wanted: 'lifecycle.prevent_destroy true',
      })),
    ...graph
      .ofType('aws_s3_bucket')
      .filter(
        (bucket) =>
          !graph
            .referrers(bucket, 'aws_s3_bucket_versioning', 'bucket')
            .some(({ block }) => blockOf(block.versioning_configuration).status === 'Enabled'),
      )
      .map(({ address }) => ({
        address,
        part: { argument: 'versioning' },
        found: 'no versions',
        wanted: 'versioning "Enabled"',
      })),
    ...graph
      .ofType('aws_dynamodb_table')
      .filter(({ block }) => blockOf(block.point_in_time_recovery).enabled !== true)
      .map(({ address }) => ({
        address,
        part: { argument: 'point_in_time_recovery' },
        found: 'no point-in-time recovery',
        wanted: 'enabled true',
      })),
  ];
}
