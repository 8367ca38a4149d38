/** Who the backend runs as. */

/** A role or user that exists elsewhere: the app policy is attached to it by name. */
export interface ExistingPrincipal {
  /** What the backend is in IAM. */
  readonly kind: 'role' | 'user';
  /** Name of the IAM role or user: with its path (`service/backend`) where policies name it, without where IAM attaches to it. */
  readonly name: string;
}

/** Tasks of Amazon ECS, on Fargate or on instances. */
export interface EcsTrust {
  /** Trusts `ecs-tasks.amazonaws.com` of the role's account. */
  readonly kind: 'ecs';
}

/** EC2 instances, by an instance profile. */
export interface Ec2Trust {
  /** Trusts `ec2.amazonaws.com`. */
  readonly kind: 'ec2';
}

/** One service account of an EKS cluster (IAM roles for service accounts). */
export interface ServiceAccountTrust {
  /** Trusts an OIDC provider, for one subject. */
  readonly kind: 'irsa';
  /** ARN of the cluster's OIDC provider in IAM. */
  readonly oidcProviderArn: string;
  /** `<namespace>/<name>`, without wildcards. */
  readonly serviceAccount: string;
}

/** A principal in another account, such as one of a hosting company. */
export interface ExternalTrust {
  /** Trusts a principal by its ARN. */
  readonly kind: 'external';
  /** Exact ARN of an IAM role or user; an account's root, which is everybody in it, only with an external id. */
  readonly principalArn: string;
  /** What the other side must name when it assumes the role (2 to 1224 characters); null within one organization. */
  readonly externalId: string | null;
}

/** Who may assume a role that is made for the backend. */
export type AppRoleTrust = EcsTrust | Ec2Trust | ServiceAccountTrust | ExternalTrust;

/** A principal that exists elsewhere (`AppPolicy` attaches itself), or one that gets a role of its own (`AppRole`). */
export type BackendPrincipal = ExistingPrincipal | AppRoleTrust;
