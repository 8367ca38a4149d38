/** A role for the backend, depending on where it runs. */
import { IamInstanceProfile } from '@cdktf/provider-aws/lib/iam-instance-profile/index.js';
import { IamRole } from '@cdktf/provider-aws/lib/iam-role/index.js';
import { IamRolePolicyAttachment } from '@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js';
import { Fn, Token } from 'cdktf';
import { Construct } from 'constructs';
import { OIDC_PROVIDER_ARN } from '../../aws/values/arns.ts';
import { EXTERNAL_ID, ROLE_NAME, SERVICE_ACCOUNT } from '../../aws/values/names.ts';
import { refuse, requireAccountId, requireMatch, requirePrincipalArns } from '../checks.ts';
import { type PolicyStatement, policyDocument } from '../policy-document.ts';
import { issuerOf } from './arn.ts';
import type { AppRoleTrust, ExternalTrust, ServiceAccountTrust } from './backend-principal.ts';
import { boundary } from './boundary.ts';

export interface AppRoleProps {
  /** Name of the role, and of the instance profile if there is one: 1 to 64 characters, unique in the account. */
  readonly name: string;
  /** Account that the role is made in: twelve digits. */
  readonly accountId: string;
  /** Who may assume the role. */
  readonly trust: AppRoleTrust;
  /** The policy that the role carries: `AppPolicy`'s `arn`. */
  readonly policyArn: string;
  /**
   * ARN of the managed policy that bounds what the role may ever do, whatever its own policies allow.
   * @default - the role is not bounded
   */
  readonly permissionsBoundaryArn?: string;
}

/**
 * The role that the backend runs as, trusted by exactly one kind of caller.
 *
 * @throws TypeError for a name or account id that IAM does not take, a service account or principal with a wildcard,
 *   and another account's root without an external id
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export class AppRole extends Construct {
  /** The role as Terraform's resource, for a setting that no input has. */
  readonly resource: IamRole;
  readonly #instanceProfile: IamInstanceProfile | undefined;

  constructor(scope: Construct, id: string, props: AppRoleProps) {
    super(scope, id);
    requireMatch('name', props.name, ROLE_NAME, 'an IAM role name of 1 to 64 characters');
    requireAccountId('accountId', props.accountId);
    this.resource = new IamRole(this, 'role', {
      name: props.name,
      description: 'Storytime backend: uploads, jobs, signing',
      assumeRolePolicy: policyDocument([trustStatement(props.trust, props.accountId)]),
      ...boundary(props),
    });
    new IamRolePolicyAttachment(this, 'policy_attachment', {
      role: this.resource.name,
      policyArn: props.policyArn,
    });
    if (props.trust.kind === 'ec2') {
      this.#instanceProfile = new IamInstanceProfile(this, 'instance_profile', {
        name: props.name,
        role: this.resource.name,
      });
    }
  }

  /** ARN of the role; sessions of it have the same ARN in `aws:PrincipalArn`. */
  get arn(): string {
    return this.resource.arn;
  }

  /** Name of the role. */
  get name(): string {
    return this.resource.name;
  }

  /** Name of the instance profile that launches instances with the role; undefined unless the trust is `ec2`. */
  get instanceProfileName(): string | undefined {
    return this.#instanceProfile?.name;
  }
}

function trustStatement(trust: AppRoleTrust, accountId: string): PolicyStatement {
  switch (trust.kind) {
    case 'ecs':
      return {
        Sid: 'EcsTasks',
        Effect: 'Allow',
        Principal: { Service: 'ecs-tasks.amazonaws.com' },
        Action: 'sts:AssumeRole',
        // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
        Condition: {
          StringEquals: { 'aws:SourceAccount': accountId },
          ArnLike: { 'aws:SourceArn': `arn:aws:ecs:*:${accountId}:*` },
        },
      };
    case 'ec2':
      // No condition: AWS documents no source keys for EC2 here, and an instance only takes a profile of its own account.
      return {
        Sid: 'Ec2Instances',
        Effect: 'Allow',
        Principal: { Service: 'ec2.amazonaws.com' },
        Action: 'sts:AssumeRole',
      };
    case 'irsa':
      return serviceAccountTrust(trust);
    case 'external':
      return externalTrust(trust);
  }
}

/** @see https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html */
function serviceAccountTrust({ oidcProviderArn, serviceAccount }: ServiceAccountTrust): PolicyStatement {
  requireMatch(
    'trust.oidcProviderArn',
    oidcProviderArn,
    OIDC_PROVIDER_ARN,
    'the ARN of an IAM OIDC provider',
  );
  requireMatch(
    'trust.serviceAccount',
    serviceAccount,
    SERVICE_ACCOUNT,
    'a service account as "<namespace>/<name>", without wildcards',
  );
  const issuer = issuerOf(oidcProviderArn);
  return {
    Sid: 'ServiceAccount',
    Effect: 'Allow',
    Principal: { Federated: oidcProviderArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: {
      StringEquals: {
        [`${issuer}:sub`]: `system:serviceaccount:${withColon(serviceAccount)}`,
        [`${issuer}:aud`]: 'sts.amazonaws.com',
      },
    },
  };
}

function withColon(serviceAccount: string): string {
  if (Token.isUnresolved(serviceAccount)) return Fn.replace(serviceAccount, '/', ':');
  return serviceAccount.replace('/', ':');
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html */
function externalTrust({ principalArn, externalId }: ExternalTrust): PolicyStatement {
  requirePrincipalArns('trust.principalArn', [principalArn]);
  if (externalId !== null) {
    requireMatch('trust.externalId', externalId, EXTERNAL_ID, 'an external id of 2 to 1224 characters');
  } else if (!Token.isUnresolved(principalArn) && principalArn.endsWith(':root')) {
    refuse(
      'trust.externalId',
      'an external id, since an account’s root is everybody in that account',
      externalId,
    );
  }
  return {
    Sid: 'External',
    Effect: 'Allow',
    Principal: { AWS: principalArn },
    Action: 'sts:AssumeRole',
    ...(externalId !== null && { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
  };
}
