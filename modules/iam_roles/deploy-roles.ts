/** Roles that GitHub Actions assumes for one job at a time: one that plans, one that applies, one that rotates the signing key. */
import { IamOpenidConnectProvider } from '@cdktf/provider-aws/lib/iam-openid-connect-provider/index.js';
import { IamPolicy } from '@cdktf/provider-aws/lib/iam-policy/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicy } from '@cdktf/provider-aws/lib/iam-role-policy/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { Construct } from 'constructs';
import { KMS_KEY_ARN, WEB_ACL_ARN } from '../../aws/values/arns.ts';
import {
  BUCKET_NAME,
  DOMAIN_NAME,
  GITHUB_REPOSITORY,
  HOSTED_ZONE_ID,
  ROLE_NAME,
  ROLE_NAME_WITH_PATH,
  SECRET_NAME,
} from '../../aws/values/names.ts';
import { REGION } from '../../aws/values/regions.ts';
import { refuse, requireAccountId, requireMatch } from '../checks.ts';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';
import type { ExistingPrincipal } from './backend-principal.ts';
import { boundary } from './boundary.ts';
import { planStateStatements, readStatements } from './deploy-reads.ts';
import { rotationStatements } from './deploy-rotation.ts';
import { READ_POLICIES, WRITE_POLICIES } from './deploy-scope.ts';
import { type TrustedSubjects, trustedSubjects } from './deploy-trust.ts';
import { applyStateStatements, denyStatements, writeStatements } from './deploy-writes.ts';
import { MOST_RECORD_CHARACTERS, type RecordedDomain, recordCharacters } from './record-names.ts';

export interface DeployRolesProps {
  /** Prefix of the names of roles and policies, 1 to 50 characters: `<name>-plan`, `<name>-apply`, `<name>-read`, … */
  readonly name: string;
  /**
   * GitHub repository exactly as its OIDC subjects have it after `repo:`, usually `owner/name`.
   *
   * Subjects of repositories that were made, renamed or transferred since mid-2026 carry immutable ids
   * (`owner@<id>/name@<id>`); the repository's OIDC settings show which.
   */
  readonly repository: string;
  /**
   * Branch whose merges are planned and, after an approval, applied.
   * @default 'main'
   */
  readonly mainBranch?: string;
  /** Environment that is deployed; GitHub's environment of the same name protects the apply role with its approvals. */
  readonly environment: string;
  /** Project whose names and tags limit what the roles reach: roles `<project>-<environment>-app`, secrets `<project>/<environment>/…`. */
  readonly project: string;
  /** Account that is deployed to: twelve digits. */
  readonly accountId: string;
  /** Region of everything but CloudFront and what belongs to it. */
  readonly region: string;
  /**
   * ARN of the account's OIDC provider for `token.actions.githubusercontent.com`; an account can have only one.
   * @default - the provider is made here
   */
  readonly oidcProviderArn?: string;
  /** Bucket of the Terraform states; written out, not a reference, where there is a lock table. */
  readonly stateBucketArn: string;
  /** Keys of the states that the roles may read, and the apply role write: at least one, without wildcards. */
  readonly stateKeys: readonly string[];
  /**
   * DynamoDB table with the states' locks.
   * @default - none: the lock is S3's own (`<key>.tflock`)
   */
  readonly lockTableArn?: string;
  /** Names of the environment's buckets, the state bucket not among them: at least one, without wildcards. */
  readonly bucketNames: readonly string[];
  /**
   * Route 53 zone in which the apply role may change the records of `domainName`, and no others.
   * @default - none: DNS is elsewhere
   */
  readonly hostedZoneId?: string;
  /**
   * Domain whose records the apply role may change in `hostedZoneId`: its addresses, and the one that proves it to ACM.
   * @default - none: no record can be changed
   */
  readonly domainName?: string;
  /**
   * Further domains whose records the apply role may change, each in the Route 53 zone that it is in.
   * @default - none
   */
  readonly otherDomains?: readonly RecordedDomain[];
  /**
   * ARN of the web ACL, made elsewhere, that protects the distribution: the roles may read it.
   * @default - none: the environment has a web ACL of its own, or none
   */
  readonly webAclArn?: string;
  /**
   * Role or user, made elsewhere, that the apply role may attach the environment's policies to.
   * @default - only to roles of the environment
   */
  readonly backend?: ExistingPrincipal;
  /**
   * Name of the role that the apply role may put into an instance profile (`AppRole` with trust `ec2`).
   * @default - none: no role can be passed to anything
   */
  readonly instanceRoleName?: string;
  /**
   * Name of the secret whose value Terraform owns: the apply role may then read and write it. The plan role never
   * may, so its plans of such an environment need `-refresh=false`.
   * @default - none: the roles read no secret's value
   */
  readonly managedSecretName?: string;
  /**
   * Name of the secret whose value the key commands own: a third role, trusted in the GitHub environment
   * `<environment>-keys`, may then rotate it, and apply nothing.
   * @default - none: people rotate
   */
  readonly rotatedSecretName?: string;
  /**
   * ARN of the KMS key, made elsewhere, of the environment's secrets: the roles may use it through Secrets Manager, and
   * change nothing about it.
   * @default - none: the environment makes its key, or needs none
   */
  readonly encryptionKeyArn?: string;
  /**
   * ARN of the managed policy that bounds what each role may ever do, and that the apply role must put on every role that it
   * makes: it can neither remove nor change that boundary.
   * @default - the roles are not bounded, and neither are those that the apply role makes
   */
  readonly permissionsBoundaryArn?: string;
  /**
   * Whether the apply role may delete the objects in the environment's buckets, which destroying them needs.
   * @default false
   */
  readonly emptiesBuckets?: boolean;
  /**
   * Whether the apply role may delete secrets without a recovery window, which destroying one of `recoveryDays: 0` needs.
   * @default false
   */
  readonly deletesSecretsAtOnce?: boolean;
  /**
   * Whether the environment has the table of playback, `<project>-<environment>-playback`: the apply role may then make, change
   * and delete it, and no role may read or write an item.
   * @default false
   */
  readonly makesPlaybackTable?: boolean;
}

const ISSUER = 'token.actions.githubusercontent.com';

/**
 * A plan role for pull requests and the main branch, which reads settings and the state and nothing else, and an apply role for one GitHub
 * environment, limited to the project's names and tags. On request a rotate role for another GitHub environment, which stores
 * and activates the private signing key and changes nothing else: only the apply role can change what CloudFront trusts.
 *
 * No role may change the state bucket, another of these roles, or itself: people do that, with `npm run bootstrap`. A role
 * that writes the environment's policies can still extend them, so the apply role is only as safe as its approval.
 *
 * @throws TypeError for a repository, key, account or name that would widen what the roles trust or reach
 * @see https://docs.github.com/en/actions/reference/security/oidc
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
export class DeployRoles extends Construct {
  readonly #plan: IamRole;
  readonly #apply: IamRole;
  readonly #rotate: IamRole | undefined;
  readonly #subjects: TrustedSubjects;

  constructor(scope: Construct, id: string, props: DeployRolesProps) {
    super(scope, id);
    check(props);
    const trust = this.#trust(props);
    this.#subjects = trustedSubjects(props);
    const reads = READ_POLICIES.map((what) => ({
      id: what.replace('-', '_'),
      policy: this.#policy(props.name, what, readStatements(what, props)),
    }));

    this.#plan = this.#role(
      props,
      'plan',
      'Terraform plan of pull requests and of what was merged: reads only',
      trust(this.#subjects.plan),
    );
    for (const { id, policy } of reads) this.#attach(`plan_${id}`, this.#plan, policy);
    this.#inline('plan_state', this.#plan, 'state', planStateStatements(props));

    this.#apply = this.#role(
      props,
      'apply',
      `Terraform apply of ${props.project} ${props.environment}`,
      trust(this.#subjects.apply),
    );
    for (const { id, policy } of reads) this.#attach(`apply_${id}`, this.#apply, policy);
    this.#inline('apply_state', this.#apply, 'state', applyStateStatements(props));
    this.#inline('apply_limits', this.#apply, 'limits', denyStatements(props));
    for (const what of WRITE_POLICIES) {
      this.#attach(
        `apply_${what}`,
        this.#apply,
        this.#policy(props.name, what, writeStatements(what, props)),
      );
    }
    this.#rotate =
      props.rotatedSecretName === undefined || this.#subjects.rotate === undefined
        ? undefined
        : this.#rotateRole(props, props.rotatedSecretName, trust(this.#subjects.rotate));
  }

  /** The roles as Terraform's resources, by `plan`, `apply` and `rotate`, for a setting that no input has. */
  get resources(): Readonly<Record<'plan' | 'apply', IamRole>> & { readonly rotate?: IamRole } {
    return { plan: this.#plan, apply: this.#apply, ...(this.#rotate && { rotate: this.#rotate }) };
  }

  /** ARN of the role for `terraform plan -lock=false`, of pull requests and of the main branch. */
  get planRoleArn(): string {
    return this.#plan.arn;
  }

  /** ARN of the role for `terraform apply` in the GitHub environment. */
  get applyRoleArn(): string {
    return this.#apply.arn;
  }

  /** ARN of the role for `npm run keys -- rotate --no-apply` in the GitHub environment `<environment>-keys`; undefined where people rotate. */
  get rotateRoleArn(): string | undefined {
    return this.#rotate?.arn;
  }

  /** GitHub's OIDC subjects that may assume each role, by `plan`, `apply` and `rotate`: literal, so that a plan shows them. */
  get trustedSubjects(): TrustedSubjects {
    return this.#subjects;
  }

  #rotateRole(props: DeployRolesProps, secretName: string, trust: PolicyStatement): IamRole {
    const role = this.#role(
      props,
      'rotate',
      `Rotation of the signing key of ${props.project} ${props.environment}: applies nothing`,
      trust,
    );
    this.#inline('rotate_keys', role, 'keys', rotationStatements(props, secretName));
    return role;
  }

  /** A trust in exact subjects of the repository, for tokens that were asked for AWS. */
  #trust(props: DeployRolesProps): (subjects: readonly string[]) => PolicyStatement {
    const providerArn = props.oidcProviderArn ?? this.#provider().arn;
    return (subjects) => ({
      Sid: 'GitHubActions',
      Effect: 'Allow',
      Principal: { Federated: providerArn },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: {
          [`${ISSUER}:aud`]: 'sts.amazonaws.com',
          [`${ISSUER}:sub`]: subjects,
        },
      },
    });
  }

  /** No thumbprint: AWS trusts GitHub's certificate by its authority. */
  #provider(): IamOpenidConnectProvider {
    return new IamOpenidConnectProvider(this, 'github', {
      url: `https://${ISSUER}`,
      clientIdList: ['sts.amazonaws.com'],
    });
  }

  #role(props: DeployRolesProps, what: string, description: string, trust: PolicyStatement): IamRole {
    return new IamRole(this, what, {
      name: `${props.name}-${what}`,
      description,
      assumeRolePolicy: policyDocument([trust]),
      ...boundary(props),
    });
  }

  #policy(name: string, what: string, statements: readonly PolicyStatement[]): IamPolicy {
    return new IamPolicy(this, what.replace('-', '_'), {
      name: `${name}-${what}`,
      description: `Deploys from GitHub Actions: ${what}`,
      policy: policyDocument(statements),
    });
  }

  #attach(id: string, role: IamRole, policy: IamPolicy): void {
    new IamRolePolicyAttachment(this, id, { role: role.name, policyArn: policy.arn });
  }

  #inline(id: string, role: IamRole, name: string, statements: readonly PolicyStatement[]): void {
    new IamRolePolicy(this, id, { name, role: role.id, policy: policyDocument(statements) });
  }
}

function check(props: DeployRolesProps): void {
  requireMatch('name', props.name, /[\w+=,.@-]{1,50}/, 'a name of 1 to 50 characters that IAM takes');
  requireMatch(
    'repository',
    props.repository,
    GITHUB_REPOSITORY,
    'one repository as "owner/name" or "owner@<id>/name@<id>"',
  );
  requireMatch('mainBranch', props.mainBranch ?? 'main', /[\w.-]+(?:\/[\w.-]+)*/, 'one branch');
  requireMatch('environment', props.environment, /[a-z0-9-]{1,20}/, 'lower-case letters, digits and dashes');
  requireMatch('project', props.project, /[a-z0-9-]{2,20}/, '2 to 20 lower-case letters, digits and dashes');
  requireAccountId('accountId', props.accountId);
  requireMatch('region', props.region, REGION, 'an AWS region');
  if (props.stateKeys.length === 0) refuse('stateKeys', 'the key of at least one state', props.stateKeys);
  for (const key of props.stateKeys) requireMatch('stateKeys', key, /[^*?]+/, 'keys without * and ?');
  if (props.bucketNames.length === 0)
    refuse('bucketNames', 'the name of at least one bucket', props.bucketNames);
  for (const name of props.bucketNames) {
    requireMatch('bucketNames', name, BUCKET_NAME, 'names of buckets, without wildcards');
    if (props.stateBucketArn === `arn:aws:s3:::${name}`) {
      refuse('bucketNames', 'buckets of the environment: not the one with the states', name);
    }
  }
  for (const option of ['managedSecretName', 'rotatedSecretName'] as const) {
    const name = props[option];
    if (name !== undefined) requireMatch(option, name, SECRET_NAME, 'the name of one secret');
  }
  if (props.managedSecretName !== undefined && props.rotatedSecretName !== undefined) {
    refuse(
      'rotatedSecretName',
      'none beside managedSecretName: one writer of a value',
      props.rotatedSecretName,
    );
  }
  if (props.instanceRoleName !== undefined) {
    requireMatch('instanceRoleName', props.instanceRoleName, ROLE_NAME, 'the name of one role');
  }
  if (props.hostedZoneId !== undefined) {
    requireMatch('hostedZoneId', props.hostedZoneId, HOSTED_ZONE_ID, 'the id of one Route 53 zone');
    if (props.domainName === undefined) {
      refuse(
        'hostedZoneId',
        'none without domainName: the roles would reach no record of it',
        props.hostedZoneId,
      );
    }
  }
  if (props.domainName !== undefined) {
    // As Route 53 normalises the names that it compares: lower case, without the trailing dot.
    requireMatch('domainName', props.domainName, DOMAIN_NAME, 'one host name in lower case');
  }
  if (props.encryptionKeyArn !== undefined) {
    requireMatch('encryptionKeyArn', props.encryptionKeyArn, KMS_KEY_ARN, 'the ARN of one KMS key');
  }
  for (const { name, hostedZoneId } of props.otherDomains ?? []) {
    requireMatch('otherDomains.name', name, DOMAIN_NAME, 'one host name in lower case');
    requireMatch('otherDomains.hostedZoneId', hostedZoneId, HOSTED_ZONE_ID, 'the id of one Route 53 zone');
  }
  const characters = recordCharacters(props.otherDomains ?? []);
  if (characters > MOST_RECORD_CHARACTERS) {
    refuse(
      'otherDomains',
      `names that need at most ${MOST_RECORD_CHARACTERS} characters in a policy`,
      `${characters} characters`,
    );
  }
  if (props.webAclArn !== undefined) {
    requireMatch('webAclArn', props.webAclArn, WEB_ACL_ARN, 'the ARN of one web ACL for CloudFront');
  }
  if (props.backend !== undefined) {
    requireMatch(
      'backend.name',
      props.backend.name,
      ROLE_NAME_WITH_PATH,
      'the name of one IAM role or user, with its path',
    );
  }
}
