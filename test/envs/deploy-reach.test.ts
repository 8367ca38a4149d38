/** What the deploy roles reach: everything that their own environment's stack makes, and nothing of another environment. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { allows, type RequestContext, statementsOf } from '../modules/policy-judge.ts';
import { documentsOf } from '../modules/role-documents.ts';
import { dev, prod } from './examples.ts';
import { maximum, maximumKeys } from './maximum.ts';
import { type MadeResource, madeResources, tagsOf } from './stack-resources.ts';
import { ref, synthesized, synthesizedState, type TerraformJson } from './synthesized.ts';

const ACCOUNT = '444455556666';
const SHARED_BUCKET = 'storytime-terraform-state-dev';
const SHARED_TABLE = `arn:aws:dynamodb:eu-central-1:${ACCOUNT}:table/locks`;
const keys = maximumKeys();
const deployment = { repository: 'acme/video-library', oidcProviderArn: null };

/** Everything switched on, in one account, one state bucket, one lock table and one zone for all environments. */
const ours: EnvironmentConfig = parseEnvironment({
  ...maximum,
  environment: 'dev',
  state: { ...maximum.state, bucket: SHARED_BUCKET, lockTable: 'locks' },
  bucketSuffix: null,
  bucketNames: null,
  domainName: 'dev.media.storytime.example',
  cloudfrontPrivateKeySecretName: 'storytime/dev/cloudfront_private_key',
  backendPrincipal: { kind: 'ec2' },
  deployment,
});
const terraformOwned: EnvironmentConfig = parseEnvironment({ ...ours, signingSecretValue: 'terraform' });

describe.each<[string, EnvironmentConfig]>([
  ['dev', { ...dev, deployment }],
  ['prod', { ...prod, deployment }],
  ['prod with a suffix', { ...prod, bucketSuffix: 'acme', deployment }],
  ['everything', ours],
  ['everything, in buckets that exist', parseEnvironment({ ...ours, bucketNames: maximum.bucketNames })],
])('the apply role of %s', (_name, config) => {
  const documents = rolesOf(config, ['apply']);
  const made = madeResources(synthesized(config, keys), config);

  it.each(made)('makes or changes $address of its own: $action', ({ action, arn, context }) => {
    expect(allows(documents, action, arn, context)).toBe(true);
  });
});

describe.each<[string, unknown[]]>([
  ['plan', rolesOf(ours, ['plan'])],
  ['apply', rolesOf(ours, ['apply'])],
  ['apply, where Terraform owns the key', rolesOf(terraformOwned, ['apply'])],
  ['rotate', rolesOf(ours, ['rotate'])],
])('the %s role', (_role, documents) => {
  const actions = actionsOf(documents);

  it('is allowed more than five actions, so that the denials below say something', () => {
    expect(actions.length).toBeGreaterThan(5);
  });

  it('reaches nothing of another environment, however its name is like ours', () => {
    fc.assert(
      fc.property(otherEnvironment(), (other) => {
        const reached = resourcesOf(other).flatMap(({ address, arn, context }) =>
          actions
            .filter((action) => isFor(arn, action) && !isShared(action, arn))
            .filter((action) => allows(documents, action, arn, asked(other, context)))
            .map((action) => `${action} of ${address}, ${arn}`),
        );
        expect(reached).toEqual([]);
      }),
      { numRuns: 40, examples: LIKE_OURS.map((other) => [other]) },
    );
  }, 120_000);

  it('reaches the state bucket by its list, its own state and its own locks alone', () => {
    const bucket = `arn:aws:s3:::${SHARED_BUCKET}`;
    const own = 'storytime/dev/terraform.tfstate';
    const keysInBucket = [
      own,
      `${own}.tflock`,
      `${own}.rotation`,
      `${own}.backup`,
      'storytime/state-dev/terraform.tfstate',
      'x',
    ];
    const reached = [bucket, ...keysInBucket.map((key) => `${bucket}/${key}`)].flatMap((arn) =>
      actions
        .filter((action) => allows(documents, action, arn, tagsOf(ours)))
        .map((action) => `${action} ${arn}`),
    );
    const allowed = new Set(
      [
        ['s3:ListBucket', ''],
        ['s3:GetObject', `/${own}`],
        ['s3:PutObject', `/${own}`],
        ...['s3:GetObject', 's3:PutObject', 's3:DeleteObject'].flatMap((action) => [
          [action, `/${own}.tflock`],
          [action, `/${own}.rotation`],
        ]),
      ].map(([action, path]) => `${action} ${bucket}${path}`),
    );
    expect(reached.filter((one) => !allowed.has(one))).toEqual([]);
  });
});

it('makes every role of its stack with the boundary of its environment, and with no other', () => {
  const documents = rolesOf(ours, ['apply']);
  const roles = madeResources(synthesized(ours, keys), ours).filter(
    ({ action }) => action === 'iam:CreateRole',
  );
  expect(roles).toHaveLength(2);
  for (const { action, arn, context } of roles) {
    const may = (boundary: RequestContext) => allows(documents, action, arn, boundary);
    expect(context).toEqual({ 'iam:PermissionsBoundary': ours.permissionsBoundaryArn });
    expect(may({ 'iam:PermissionsBoundary': String(ours.permissionsBoundaryArn) })).toBe(true);
    expect(may({ 'iam:PermissionsBoundary': 'arn:aws:iam::aws:policy/AdministratorAccess' })).toBe(false);
    expect(may({})).toBe(false);
    expect(allows(documents, 'iam:DeleteRolePermissionsBoundary', arn, context)).toBe(false);
  }
});

it('uses the key that its environment is given, for secrets, and changes nothing about it', () => {
  const encryptionKeyArn = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f`;
  const through = { 'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com' };
  for (const role of ['apply', 'rotate']) {
    const may = (config: EnvironmentConfig) =>
      allows(rolesOf(config, [role]), 'kms:GenerateDataKey', encryptionKeyArn, through);
    expect(may(parseEnvironment({ ...ours, encryptionKeyArn }))).toBe(true);
    expect(may(ours)).toBe(false);
  }
  const documents = rolesOf(parseEnvironment({ ...ours, encryptionKeyArn }), ['apply']);
  for (const action of ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion']) {
    expect(allows(documents, action, encryptionKeyArn, tagsOf(ours))).toBe(false);
    expect(allows(rolesOf(ours, ['apply']), action, encryptionKeyArn, tagsOf(ours))).toBe(true);
  }
});

it('attaches no policy of another environment to a role of its own, and its own policy to no role of another', () => {
  const documents = rolesOf(ours, ['apply']);
  const iam = `arn:aws:iam::${ACCOUNT}`;
  fc.assert(
    fc.property(otherEnvironment(), ({ projectName, environment }) => {
      const other = `${projectName}-${environment}`;
      for (const action of ['iam:AttachRolePolicy', 'iam:DetachRolePolicy']) {
        const attaches = (role: string, policy: string) =>
          allows(documents, action, `${iam}:role/${role}`, {
            'iam:PolicyARN': `${iam}:policy/${policy}`,
            'iam:PermissionsBoundary': String(ours.permissionsBoundaryArn),
          });
        expect(attaches('storytime-dev-app', 'storytime-dev-app')).toBe(true);
        expect(attaches('storytime-dev-app', `${other}-app`)).toBe(false);
        expect(attaches('storytime-dev-app', `${other}-deploy-storage`)).toBe(false);
        expect(attaches(`${other}-app`, 'storytime-dev-app')).toBe(false);
      }
    }),
    { examples: LIKE_OURS.map((other) => [other]) },
  );
});

type Other = Pick<EnvironmentConfig, 'projectName' | 'environment' | 'bucketSuffix'>;

/** Names that begin, end or go on with ours. */
const LIKE_OURS: readonly Other[] = [
  { projectName: 'storytime', environment: 'x-dev', bucketSuffix: null },
  { projectName: 'storytime', environment: 'dev-x', bucketSuffix: null },
  { projectName: 'storytime', environment: 'dev2', bucketSuffix: null },
  { projectName: 'storytime', environment: 'de', bucketSuffix: null },
  { projectName: 'storytime', environment: 'prod', bucketSuffix: 'dev' },
  { projectName: 'storytime', environment: 'dev-app', bucketSuffix: null },
  { projectName: 'storytime', environment: 'dev-deploy', bucketSuffix: null },
  { projectName: 'storytime', environment: 'dev-hls', bucketSuffix: null },
  { projectName: 'storytime-dev', environment: 'x', bucketSuffix: null },
  { projectName: 'storytime-kids', environment: 'dev', bucketSuffix: null },
  { projectName: 'x-storytime', environment: 'dev', bucketSuffix: null },
  { projectName: 'story', environment: 'dev', bucketSuffix: null },
];

function otherEnvironment(): fc.Arbitrary<Other> {
  const part = fc.stringMatching(/^[a-z][a-z0-9]{0,4}$/);
  const like = (name: string) =>
    fc.oneof(
      fc.constant(name),
      part.map((more) => `${name}-${more}`),
      part.map((more) => `${more}-${name}`),
      part.map((more) => `${name}${more}`),
      part,
    );
  return fc
    .record({
      projectName: like('storytime').filter((name) => name.length >= 2),
      environment: like('dev'),
      bucketSuffix: fc.option(fc.oneof(part, fc.constant('dev')), { nil: null }),
    })
    .filter(({ projectName, environment }) => projectName !== 'storytime' || environment !== 'dev');
}

/** Named by words that are nowhere else, so that any environment's resources are these under other names. */
const template: EnvironmentConfig = parseEnvironment({
  ...ours,
  projectName: 'ppppp',
  environment: 'eeeee',
  bucketSuffix: 'sssss',
  domainName: 'media.eeeee.ppppp.storytime.example',
  otherDomainNames: ['eeeee.ppppp.storytime.example', 'eeeee.ppppp.fables.example'],
  cloudfrontPrivateKeySecretName: 'ppppp/eeeee/cloudfront_private_key',
});
const templateResources: readonly MadeResource[] = [
  ...madeResources(synthesized(template, keys), template),
  // Its roles are made with the state, and its state is in the bucket and the table that all share.
  ...madeResources(synthesizedState(template), template).filter(
    ({ arn }) => !arn.endsWith(`:${SHARED_BUCKET}`) && arn !== SHARED_TABLE,
  ),
  ...['hls-outputs', 'master-uploads'].map((purpose) =>
    made(`an object of ${purpose}`, `arn:aws:s3:::ppppp-${purpose}-eeeee-sssss/books/1/index.m3u8`),
  ),
  ...['', '.tflock', '.rotation'].flatMap((end) => [
    made(`its state${end}`, `arn:aws:s3:::${SHARED_BUCKET}/ppppp/eeeee/terraform.tfstate${end}`),
    made(`its roles’ state${end}`, `arn:aws:s3:::${SHARED_BUCKET}/ppppp/state-eeeee/terraform.tfstate${end}`),
  ]),
  ...['', '-md5'].map((end) =>
    made(`its lock in the table${end}`, SHARED_TABLE, {
      'dynamodb:LeadingKeys': [`${SHARED_BUCKET}/ppppp/eeeee/terraform.tfstate${end}`],
    }),
  ),
];

function made(address: string, arn: string, context: RequestContext = {}): MadeResource {
  return { address, arn, action: '', context };
}

/** Without resources that have exactly the name of one of ours: only one can exist, and it belongs to the stack that made it first. */
function resourcesOf(other: Other): MadeResource[] {
  const renamed: MadeResource[] = JSON.parse(
    JSON.stringify(templateResources)
      .replaceAll('-sssss', other.bucketSuffix === null ? '' : `-${other.bucketSuffix}`)
      .replaceAll('ppppp', other.projectName)
      .replaceAll('eeeee', other.environment),
  );
  return renamed.filter(({ arn, context }) => context !== undefined || !OWN_ARNS.has(arn));
}

const OWN_ARNS = new Set(madeResources(synthesized(ours, keys), ours).map(({ arn }) => arn));

/** A request that says of itself whatever would help it, about a resource whose tags it cannot choose. */
function asked({ projectName, environment }: Other, context: RequestContext = {}): RequestContext {
  return {
    'aws:RequestTag/project': 'storytime',
    'aws:RequestTag/environment': 'dev',
    'iam:PolicyARN': `arn:aws:iam::${ACCOUNT}:policy/storytime-dev-app`,
    'iam:PassedToService': 'ec2.amazonaws.com',
    'kms:ViaService': 'secretsmanager.eu-central-1.amazonaws.com',
    'aws:ResourceTag/project': projectName,
    'aws:ResourceTag/environment': environment,
    ...context,
  };
}

/** What a role may do to something that has an ARN: what AWS knows no resource for has a list of its own in its test. */
function actionsOf(documents: readonly unknown[]): string[] {
  const allowed = documents
    .flatMap(statementsOf)
    .filter(({ Effect, Resource }) => Effect === 'Allow' && Resource !== '*');
  return [...new Set(allowed.flatMap(({ Action }) => [Action].flat()))];
}

/** `s3:GetObject` is for ARNs of S3. */
function isFor(arn: string, action: string): boolean {
  return arn.split(':')[2] === action.split(':')[0];
}

/** What makes a new thing of an id that AWS will choose, and so changes no other; and what tells nothing of an item. */
function isShared(action: string, arn: string): boolean {
  return (
    (action === 'logs:CreateDelivery' && /:delivery:/.test(arn)) ||
    action === 'dynamodb:DescribeTable' ||
    // Looks at a zone that all share; what is in it is public.
    /^route53:(?:GetHostedZone|ListResourceRecordSets)$/.test(action)
  );
}

/** With the ARNs of the state bucket and the lock table as they are once Terraform has made them. */
function rolesOf(config: EnvironmentConfig, roles: readonly string[]): unknown[] {
  const bucket = config.state.kind === 's3' ? config.state.bucket : '';
  const stack: TerraformJson = synthesizedState(config);
  return roles
    .flatMap((role) => documentsOf(stack, role))
    .map((document) =>
      String(document)
        .replaceAll(ref('aws_s3_bucket.state.arn'), `arn:aws:s3:::${bucket}`)
        .replaceAll(ref('aws_dynamodb_table.locks.arn'), SHARED_TABLE),
    );
}
