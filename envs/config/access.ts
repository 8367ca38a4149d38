/** Who may sign, and what roles may do. */
import { z } from 'zod';
import { OIDC_PROVIDER_ARN } from '../../aws/values/arns.ts';
import { EXTERNAL_ID, ROLE_NAME_WITH_PATH, SECRET_NAME, SERVICE_ACCOUNT } from '../../aws/values/names.ts';
import { describeName } from '../config-error.ts';
import type { account } from './account.ts';
import { field, type Values } from './field.ts';
import { flag, list, oneOf, principalArn, text, whole } from './kinds.ts';
import { ofAnotherAccount, type Rule, rulesAbout, when } from './rule.ts';

export const access = {
  /** Starts with `<projectName>/<environment>/`. */
  cloudfrontPrivateKeySecretName: field(
    text(SECRET_NAME, 'a Secrets Manager name (the name only, never the key)'),
    { devAndProd: 'differ' },
  ),
  /** The one owner of the secret's value: Terraform (ephemeral variable), or people and the key commands. */
  signingSecretValue: field(oneOf('terraform', 'keys'), {
    devAndProd: 'may differ',
    inProd: {
      careless: (owner) => owner !== 'keys',
      wanted: '"keys" in prod: Terraform never holds the signing key of prod',
    },
  }),
  /** How long a signer may go on with a key it has: the `maxAgeSeconds` that backends give to it, 300 by default. */
  signerCacheSeconds: field(whole(1, 86_400, 'of seconds'), { devAndProd: 'same' }),
  /** The longest that any signature is valid: a key stays trusted for as long after its last signature. */
  longestSignatureSeconds: field(whole(1, 31_536_000, 'of seconds'), { devAndProd: 'same' }),
  /** Days in which a deleted secret can be restored: 7 to 30, or 0 for at once. */
  secretRecoveryDays: field(
    whole(0, 30, 'of days').refine((n) => n === 0 || n >= 7, { error: '7 to 30 days, or 0 for at once' }),
    {
      devAndProd: 'may differ',
      inProd: {
        careless: (days) => days < 7,
        wanted: '7 to 30 in prod: it must be possible to restore a key that was deleted by mistake',
      },
    },
  ),
  /**
   * Who gets the app policy: an existing role or user, or a new role for the place where the backend runs; null for nobody.
   * Give an existing one by its path and name (`service/backend`), because policies name it by its whole ARN.
   */
  backendPrincipal: field(
    z
      .discriminatedUnion(
        'kind',
        [
          z.strictObject({
            kind: oneOf('role', 'user'),
            name: text(
              ROLE_NAME_WITH_PATH,
              'the name of an IAM role or user, after its path if it has one ("service/backend")',
            ),
          }),
          z.strictObject({ kind: oneOf('ecs', 'ec2') }),
          z.strictObject({
            kind: z.literal('irsa'),
            oidcProviderArn: text(OIDC_PROVIDER_ARN, 'the ARN of the cluster’s OIDC provider'),
            serviceAccount: text(SERVICE_ACCOUNT, 'a Kubernetes service account, "namespace/name"'),
          }),
          z.strictObject({
            kind: z.literal('external'),
            principalArn: principalArn(),
            externalId: text(EXTERNAL_ID, 'an external id of 2 to 1224 characters, or null').nullable(),
          }),
        ],
        { error: 'an object whose kind is "role", "user", "ecs", "ec2", "irsa" or "external", or null' },
      )
      .nullable(),
    { devAndProd: 'may differ' },
  ),
  /**
   * What the app policy allows in the outputs bucket: `read` for an endpoint that signs playlists, `publish` for a backend
   * that writes prepared ones too; `none` where CloudFront alone reads what MediaConvert wrote.
   */
  backendOutputsAccess: field(oneOf('none', 'read', 'publish'), { devAndProd: 'same' }),
  /**
   * ARNs of roles and users that may read the signing key in addition to the backend, and to the rotation's role where
   * it is deployed from GitHub. With at least one, everybody else is denied, including administrators; with none, only IAM
   * policies decide.
   */
  secretOperators: field(list(principalArn(), 'a list of ARNs of roles and users'), {
    devAndProd: 'may differ',
    inProd: {
      careless: (operators) => operators.length === 0,
      wanted: 'at least one ARN in prod: with none, every administrator may read the signing key',
    },
  }),
  /**
   * Whether the stack makes the policy of people who fill the library: `npm run upload` and `npm run titles` need it. It is
   * attached to nobody; give its ARN, the output `library_admin_policy_arn`, to a role or a permission set.
   */
  libraryAdminPolicy: field(flag(), { devAndProd: 'may differ' }),
  /** Whether MediaConvert's role can only be assumed for jobs of this account. */
  confusedDeputyGuard: field(flag(), {
    devAndProd: 'same',
    inProd: {
      careless: (guarded) => !guarded,
      wanted: 'true in prod: jobs of other accounts must not use its role',
    },
  }),
  /** Whether MediaConvert's role may write to CloudWatch Logs. */
  transcodeRoleLogs: field(flag(), { devAndProd: 'may differ' }),
  /** Whether what backends read (`npm run env`) is also in SSM, as `/<project>/<environment>/app_config`. */
  appConfigParameter: field(flag(), { devAndProd: 'same' }),
};

const rule = rulesAbout<Values<typeof account & typeof access>>();

export const accessRules: readonly Rule[] = [
  // A secret's name that is copied from another environment would make both share one key.
  rule(
    ['cloudfrontPrivateKeySecretName', 'projectName', 'environment'],
    ({ cloudfrontPrivateKeySecretName: name, projectName, environment }) => {
      const prefix = `${projectName}/${environment}/`;
      if (name.startsWith(prefix)) return [];
      const wanted = `a name that starts with "${prefix}"`;
      return [{ path: 'cloudfrontPrivateKeySecretName', wanted, got: describeName(name) }];
    },
  ),
  // The secret's policy only denies: it would not deny a principal of another account, but nothing would allow it either.
  rule(['allowedAccountIds', 'secretOperators'], ({ allowedAccountIds, secretOperators }) =>
    secretOperators.flatMap((arn, index) =>
      ofAnotherAccount(allowedAccountIds, `secretOperators[${index}]`, arn),
    ),
  ),
  rule(['allowedAccountIds', 'backendPrincipal'], ({ allowedAccountIds, backendPrincipal: backend }) =>
    ofAnotherAccount(
      allowedAccountIds,
      'backendPrincipal.oidcProviderArn',
      backend?.kind === 'irsa' ? backend.oidcProviderArn : null,
    ),
  ),
  // An account's root means every principal of that account that its administrators allow.
  rule(['backendPrincipal'], ({ backendPrincipal: backend }) =>
    when(
      backend?.kind === 'external' && backend.externalId === null && backend.principalArn.endsWith(':root'),
      'backendPrincipal.externalId',
      'an external id, because a whole account is trusted',
      null,
    ),
  ),
  // Terraform reads the value that it owns at every refresh.
  rule(
    ['assumeRoleArn', 'secretOperators', 'signingSecretValue'],
    ({ assumeRoleArn, secretOperators, signingSecretValue }) =>
      when(
        signingSecretValue === 'terraform' &&
          assumeRoleArn !== null &&
          secretOperators.length > 0 &&
          !secretOperators.includes(assumeRoleArn),
        'secretOperators',
        'assumeRoleArn among secretOperators, because Terraform reads the value that it owns',
        secretOperators,
      ),
  ),
  // The policy denies everybody that it does not name, and it can only name a known backend.
  rule(['backendPrincipal', 'secretOperators'], ({ backendPrincipal, secretOperators }) =>
    when(
      secretOperators.length > 0 && backendPrincipal === null,
      'backendPrincipal',
      'the backend, because secretOperators denies the signing key to everybody else',
      backendPrincipal,
    ),
  ),
];
