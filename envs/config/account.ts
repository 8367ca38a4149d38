/** Which environment this is, in which account, and where its state is. */
import { z } from 'zod';
import {
  ACCOUNT_ID,
  accountIn,
  GITHUB_PROVIDER_ARN,
  POLICY_ARN,
  ROLE_ARN,
  resourceIn,
} from '../../aws/values/arns.ts';
import { GITHUB_REPOSITORY, NEW_BUCKET_NAME } from '../../aws/values/names.ts';
import { resourcePrefix, standardTags } from '../names.ts';
import { field, type Values } from './field.ts';
import { oneOf, region, text } from './kinds.ts';
import type { localPorts } from './local-ports.ts';
import { ofAnotherAccount, type Rule, rulesAbout, when } from './rule.ts';

export const account = {
  /** Name of the environment, of its stack and of its state: `dev`, `prod`, `local`, … */
  environment: field(
    text(/^(?!state-)[a-z][a-z0-9-]{0,14}$/, 'a name of at most 15 lower-case letters, digits and dashes'),
    { devAndProd: 'differ' },
  ),
  /** Start of every name that is unique in an account or in the world. */
  projectName: field(
    text(/^[a-z][a-z0-9-]{1,19}$/, 'a name of 2 to 20 lower-case letters, digits and dashes'),
    { devAndProd: 'same' },
  ),
  /** Of everything but what CloudFront has in us-east-1. */
  awsRegion: field(region(), { devAndProd: 'same' }),
  /** The account, exactly one: the provider refuses to touch any other. */
  allowedAccountIds: field(
    z
      .array(text(ACCOUNT_ID, 'a 12-digit account id'), { error: 'a list of one account id' })
      .length(1, { error: 'exactly one account id: an environment lives in one account' }),
    { devAndProd: 'may differ' },
  ),
  /** Tags of every resource, in addition to project, environment and managed-by; `cost-centre` must be among them. */
  tags: field(
    z.record(
      text(/^(?!aws:)[\w .:/=+@-]{1,128}$/i, 'a tag name of 1 to 128 characters, not starting with "aws:"'),
      text(/^[\w .:/=+@-]{0,256}$/, 'a tag value of at most 256 characters'),
      { error: 'an object of tags' },
    ),
    { devAndProd: 'may differ' },
  ),
  /**
   * ARN of the managed policy that an organization wants as the permissions boundary of every role; null for none. Every
   * role of the environment carries it, and the roles that deploy from GitHub can make roles only with it.
   */
  permissionsBoundaryArn: field(
    text(
      POLICY_ARN,
      'the ARN of a managed policy, which becomes the boundary of every role, or null',
    ).nullable(),
    { devAndProd: 'may differ' },
  ),
  /** Remote state in S3, or a file beside the synthesized stack. The state's key follows from the environment's name. */
  state: field(
    z.discriminatedUnion(
      'kind',
      [
        z.strictObject({
          kind: z.literal('s3'),
          bucket: text(NEW_BUCKET_NAME, 'a bucket name of 3 to 63 lower-case letters, digits and dashes'),
          region: region(),
          /** S3's own lock file (Terraform >= 1.10), a DynamoDB table, or both while a team moves over. */
          lock: oneOf('lockfile', 'dynamodb', 'both'),
          /** The DynamoDB table; null with `lockfile`. */
          lockTable: text(/^[\w.-]{3,255}$/, 'a DynamoDB table name, or null').nullable(),
        }),
        z.strictObject({ kind: z.literal('local') }),
      ],
      { error: 'an object whose kind is "s3" or "local"' },
    ),
    { devAndProd: 'may differ' },
  ),
  /**
   * ARN of the role in the environment's account that Terraform, its state backend and our commands assume, for people and
   * pipelines whose own credentials belong to a deploy account; null if they belong to the environment's account.
   */
  assumeRoleArn: field(
    text(ROLE_ARN, 'the ARN of an IAM role in the environment’s account, or null').nullable(),
    { devAndProd: 'may differ' },
  ),
  /**
   * Deploys from GitHub Actions, by roles that it assumes for one job at a time. Null when people apply from their own
   * machines.
   */
  deployment: field(
    z
      .strictObject(
        {
          /** As GitHub's OIDC subjects name it: `<owner>/<repository>`, or `<owner>@<id>/<repository>@<id>` if it was made since mid-2026. */
          repository: text(
            GITHUB_REPOSITORY,
            'a GitHub repository as its OIDC subjects name it, "owner/name" or "owner@1/name@2"',
          ),
          /** GitHub's OIDC provider: an account has only one. Null to make it. */
          oidcProviderArn: text(
            GITHUB_PROVIDER_ARN,
            'the ARN of the account’s provider for token.actions.githubusercontent.com, or null',
          ).nullable(),
        },
        { error: '{ repository, oidcProviderArn }, or null' },
      )
      .nullable(),
    { devAndProd: 'may differ' },
  ),
};

const rule = rulesAbout<Values<typeof account & typeof localPorts>>();

export const accountRules: readonly Rule[] = [
  // IAM refuses two tag keys that differ only in case.
  rule(['tags', 'projectName', 'environment'], ({ tags, ...named }) =>
    Object.keys(tags)
      .filter((key) => Object.keys(standardTags(named)).includes(key.toLowerCase()))
      .flatMap((key) => when(true, `tags.${key}`, 'no such tag: it is set from the environment', key)),
  ),
  rule(['tags'], ({ tags }) =>
    when(
      !tags['cost-centre'],
      'tags.cost-centre',
      'a cost centre: costs without one are assigned to nobody',
      tags['cost-centre'],
    ),
  ),
  rule(['state', 'localPorts'], ({ state, localPorts }) =>
    when(
      state.kind === 'local' && localPorts === null,
      'state.kind',
      '"s3" for an environment in an account: a state in a local file is lost with the disk',
      state.kind,
    ),
  ),
  rule(['state'], ({ state }) => {
    if (state.kind !== 's3') return [];
    const needed = state.lock !== 'lockfile';
    return when(
      needed !== (state.lockTable !== null),
      'state.lockTable',
      needed ? `a DynamoDB table name for lock "${state.lock}"` : 'null for lock "lockfile"',
      state.lockTable,
    );
  }),
  // AWS-managed policies belong to no account.
  rule(
    ['allowedAccountIds', 'permissionsBoundaryArn'],
    ({ allowedAccountIds, permissionsBoundaryArn: arn }) =>
      accountIn(arn ?? '') === 'aws'
        ? []
        : ofAnotherAccount(allowedAccountIds, 'permissionsBoundaryArn', arn),
  ),
  // A deploy may rewrite the policies of its environment: a boundary among them would not limit anything.
  rule(
    ['permissionsBoundaryArn', 'projectName', 'environment'],
    ({ permissionsBoundaryArn: arn, ...named }) =>
      when(
        resourceIn(arn ?? '').startsWith(`policy/${resourcePrefix(named)}-`),
        'permissionsBoundaryArn',
        `a policy whose name does not start with "${resourcePrefix(named)}-", because the environment’s own policies do`,
        arn,
      ),
  ),
  rule(['allowedAccountIds', 'assumeRoleArn'], ({ allowedAccountIds, assumeRoleArn }) =>
    ofAnotherAccount(allowedAccountIds, 'assumeRoleArn', assumeRoleArn),
  ),
  rule(['assumeRoleArn', 'localPorts'], ({ assumeRoleArn, localPorts }) =>
    when(
      assumeRoleArn !== null && localPorts !== null,
      'assumeRoleArn',
      'null for local, because its AWS API has only one account',
      assumeRoleArn,
    ),
  ),
  // These roles are already in the environment's account, and are denied to assume another role.
  rule(['assumeRoleArn', 'deployment'], ({ assumeRoleArn, deployment }) =>
    when(
      assumeRoleArn !== null && deployment !== null,
      'assumeRoleArn',
      'null with deployment, because the roles that GitHub Actions assumes are already in the environment’s account',
      assumeRoleArn,
    ),
  ),
  // IAM trusts OIDC providers of its own account only.
  rule(['allowedAccountIds', 'deployment'], ({ allowedAccountIds, deployment }) =>
    ofAnotherAccount(allowedAccountIds, 'deployment.oidcProviderArn', deployment?.oidcProviderArn),
  ),
  // The roles that deploy are made where the state is, before there is anything to deploy.
  rule(['deployment', 'state'], ({ deployment, state }) =>
    when(
      deployment !== null && state.kind !== 's3',
      'deployment',
      'null without state in S3',
      deployment?.repository,
    ),
  ),
];
