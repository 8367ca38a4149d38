/** One broken setting each: which rule must fire, on which address, and alone. */
import { ref } from '../synthesized.ts';
import { type Json, restate, rewrite } from './mutated.ts';
import { add, at, type Mutation, remove } from './mutation.ts';
import { accessMutations } from './mutations-of-access.ts';
import { rightsMutations } from './mutations-of-rights.ts';
import { serviceMutations } from './mutations-of-services.ts';
import { tableMutations } from './mutations-of-tables.ts';

const DEPLOYER = 'arn:aws:iam::444455556666:role/deploy/storytime';
const DISTRIBUTION = 'aws_cloudfront_distribution.delivery';
const APP = 'aws_iam_policy.app';
const BUCKETS = ['masters', 'outputs'];
const ENCRYPTION = 'aws_s3_bucket_server_side_encryption_configuration';
const LIFECYCLE = 'aws_s3_bucket_lifecycle_configuration';
const ALL_BUCKETS = [...BUCKETS, 'access_logs'];
/** Ten by path and the default. */
const BEHAVIOURS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const THUMBNAILS = 1;
const PUBLIC_ACCESS = [
  'block_public_acls',
  'block_public_policy',
  'ignore_public_acls',
  'restrict_public_buckets',
];
const PEM = ['-----BEGIN', 'PRIVATE KEY-----'].join(' ');

const distribution = (json: Json): Json => json.resource.aws_cloudfront_distribution.delivery;
function behavioursOf(json: Json): Json[] {
  const { ordered_cache_behavior: ordered, default_cache_behavior: rest } = distribution(json);
  return [...ordered, rest];
}
const bucketPolicy = (json: Json, name: string): Json => json.resource.aws_s3_bucket_policy[name];
const backend = (json: Json): Json => json.terraform.backend.s3;
const provider = (json: Json): Json => json.provider.aws[0];
const template = (json: Json): Json => json.resource.aws_cloudformation_stack.transcode_job_template;

function inApp(sid: string, change: (statement: Json) => void) {
  return (json: Json): void => restate(json.resource.aws_iam_policy.app, sid, change);
}

function eachBucket(
  rule: string,
  what: string,
  type: string,
  change: ((block: Json) => void) | null,
): Mutation[] {
  const buckets = type === ENCRYPTION && change ? BUCKETS : ALL_BUCKETS;
  return buckets.map((name) => ({
    rule,
    what: `${what} of ${name}`,
    address: `${change ? type : 'aws_s3_bucket'}.${name}`,
    mutate: (json) => (change ? change(json.resource[type][name]) : remove(type, name)(json)),
  }));
}

function eachBehaviour(rule: string, what: string, change: (behaviour: Json) => void): Mutation[] {
  return BEHAVIOURS.map((index) => ({
    rule,
    what: `${what} in behaviour ${index}`,
    address: DISTRIBUTION,
    mutate: (json) => {
      change(behavioursOf(json)[index]);
    },
  }));
}

const sse = (block: Json): Json => block.rule[0].apply_server_side_encryption_by_default;

export const mutations: readonly Mutation[] = [
  ...serviceMutations,
  ...tableMutations,
  ...accessMutations,
  ...rightsMutations,
  ...eachBucket('s3-public-access-block', 'no block', 'aws_s3_bucket_public_access_block', null),
  ...PUBLIC_ACCESS.flatMap((setting) => [
    ...eachBucket(
      's3-public-access-block',
      `${setting} false`,
      'aws_s3_bucket_public_access_block',
      (block) => {
        block[setting] = false;
      },
    ),
    ...eachBucket('s3-public-access-block', `no ${setting}`, 'aws_s3_bucket_public_access_block', (block) => {
      delete block[setting];
    }),
  ]),
  ...eachBucket('s3-owner-enforced', 'no ownership controls', 'aws_s3_bucket_ownership_controls', null),
  ...eachBucket('s3-owner-enforced', 'ACLs on', 'aws_s3_bucket_ownership_controls', (block) => {
    block.rule.object_ownership = 'BucketOwnerPreferred';
  }),
  at(
    's3-no-acl',
    'aws_s3_bucket_acl.mistake',
    'a public ACL',
    add('aws_s3_bucket_acl', { bucket: ref('aws_s3_bucket.outputs.id'), acl: 'public-read' }),
  ),
  at('s3-no-acl', 'aws_s3_bucket.outputs', 'an acl argument', (json) => {
    json.resource.aws_s3_bucket.outputs.acl = 'public-read';
  }),
  at('s3-no-acl', 'aws_s3_bucket.outputs', 'grants', (json) => {
    json.resource.aws_s3_bucket.outputs.grant = [{ type: 'Group', permissions: ['READ'] }];
  }),
  ...eachBucket('s3-encrypted', 'no encryption', ENCRYPTION, null),
  ...eachBucket('s3-encrypted', 'no algorithm', ENCRYPTION, (block) => {
    delete sse(block).sse_algorithm;
  }),
  ...eachBucket('s3-encrypted', 'KMS without a key', ENCRYPTION, (block) => {
    delete sse(block).kms_master_key_id;
  }),
  ...eachBucket('s3-encrypted', 'KMS without bucket keys', ENCRYPTION, (block) => {
    block.rule[0].bucket_key_enabled = false;
  }),
  ...eachBucket('s3-tls-only', 'no policy', 'aws_s3_bucket_policy', null).filter(
    ({ what }) => what === 'no policy of masters',
  ),
  ...ALL_BUCKETS.flatMap((name) =>
    (
      [
        [
          'plain HTTP allowed',
          (statement: Json) =>
            Object.assign(statement, { Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
        ],
        [
          'a narrower denial',
          (statement: Json) =>
            Object.assign(statement.Condition, { StringEquals: { 'aws:PrincipalAccount': '1' } }),
        ],
        ['only some actions', (statement: Json) => Object.assign(statement, { Action: 's3:GetObject' })],
        ['objects left out', (statement: Json) => statement.Resource.pop()],
        [
          'only one principal',
          (statement: Json) => Object.assign(statement, { Principal: { AWS: '444455556666' } }),
        ],
      ] as const
    ).map(([what, change]) =>
      at('s3-tls-only', `aws_s3_bucket.${name}`, `${what} in ${name}`, (json) =>
        restate(bucketPolicy(json, name), 'DenyPlainHttp', change),
      ),
    ),
  ),
  at('s3-no-public-allow', 'aws_s3_bucket_policy.masters', 'an Allow for everybody', (json) => {
    const policy = JSON.parse(bucketPolicy(json, 'masters').policy);
    policy.Statement.push({
      Effect: 'Allow',
      Principal: { AWS: '*' },
      Action: 's3:GetObject',
      Resource: `${ref('aws_s3_bucket.masters.arn')}/*`,
      Condition: { StringLike: { 'aws:Referer': 'https://app.storytime.example/*' } },
    });
    bucketPolicy(json, 'masters').policy = JSON.stringify(policy);
  }),
  ...(
    [
      ['no source', (statement: Json) => delete statement.Condition],
      [
        'any distribution',
        (statement: Json) =>
          Object.assign(statement, {
            Condition: { StringLike: { 'AWS:SourceArn': 'arn:aws:cloudfront::444455556666:distribution/*' } },
          }),
      ],
      [
        'a source by name',
        (statement: Json) =>
          Object.assign(statement.Condition.StringEquals, {
            'AWS:SourceArn': 'arn:aws:cloudfront::444455556666:distribution/E1',
          }),
      ],
      [
        'a source only if there is one',
        (statement: Json) =>
          Object.assign(statement, { Condition: { StringEqualsIfExists: statement.Condition.StringEquals } }),
      ],
      [
        'writing',
        (statement: Json) => Object.assign(statement, { Action: ['s3:GetObject', 's3:PutObject'] }),
      ],
    ] as const
  ).map(([what, change]) =>
    at('s3-cloudfront-exact', 'aws_s3_bucket_policy.outputs', what, (json) =>
      restate(bucketPolicy(json, 'outputs'), 'AllowCloudFrontRead', change),
    ),
  ),
  at(
    's3-no-website',
    'aws_s3_bucket_website_configuration.mistake',
    'a website',
    add('aws_s3_bucket_website_configuration', { bucket: ref('aws_s3_bucket.outputs.id') }),
  ),
  at('s3-no-website', 'aws_s3_bucket.outputs', 'a website of the old kind', (json) => {
    json.resource.aws_s3_bucket.outputs.website = [{ index_document: 'index.html' }];
  }),
  ...eachBucket('s3-abort-uploads', 'no lifecycle', LIFECYCLE, null),
  ...eachBucket('s3-abort-uploads', 'parts kept for ever', LIFECYCLE, (block) => {
    delete block.rule[0].abort_incomplete_multipart_upload;
  }),
  ...eachBucket('s3-abort-uploads', 'a disabled rule', LIFECYCLE, (block) => {
    block.rule[0].status = 'Disabled';
  }),
  ...[{ prefix: 'uploads/' }, { tag: { key: 'kind', value: 'master' } }].flatMap((filter) =>
    eachBucket('s3-abort-uploads', `only ${JSON.stringify(filter)}`, LIFECYCLE, (block) => {
      block.rule[0].filter = [filter];
    }),
  ),
  ...['masters', 'outputs'].map((name) =>
    at(
      's3-abort-uploads',
      `aws_s3_bucket.${name}`,
      `no lifecycle of ${name} in dev`,
      remove(LIFECYCLE, name),
      'dev',
    ),
  ),
  at(
    's3-origin-not-archived',
    'aws_s3_bucket_lifecycle_configuration.mistake',
    'archived segments',
    (json) => {
      const { masters } = json.resource.aws_s3_bucket_lifecycle_configuration;
      add(LIFECYCLE, { ...masters, bucket: ref('aws_s3_bucket.outputs.id') })(json);
    },
  ),
  ...ALL_BUCKETS.map((name) =>
    at('s3-prod-keeps-objects', `aws_s3_bucket.${name}`, `force_destroy of ${name}`, (json) => {
      json.resource.aws_s3_bucket[name].force_destroy = true;
    }),
  ),
  ...['*', 'https://*.storytime.example', 'http://admin.storytime.example'].flatMap((origin) => [
    at('cors-exact-origins', 'aws_s3_bucket_cors_configuration.masters', `uploads from ${origin}`, (json) => {
      json.resource.aws_s3_bucket_cors_configuration.masters.cors_rule[0].allowed_origins = [origin];
    }),
    at(
      'cors-exact-origins',
      'aws_cloudfront_response_headers_policy.delivery_response_headers',
      `plays on ${origin}`,
      (json) => {
        const { cors_config: cors } =
          json.resource.aws_cloudfront_response_headers_policy.delivery_response_headers;
        cors.access_control_allow_origins.items = [origin];
      },
    ),
  ]),
  ...eachBehaviour('cf-trusted-key-group', 'no key group', (behaviour) => {
    delete behaviour.trusted_key_groups;
  }),
  ...eachBehaviour('cf-trusted-key-group', 'no key group in the list', (behaviour) => {
    behaviour.trusted_key_groups = [];
  }),
  ...eachBehaviour('cf-trusted-key-group', 'a literal key group', (behaviour) => {
    behaviour.trusted_key_groups = ['0d1c2b3a'];
  }),
  // An environment whose thumbnails are public: that one path to the letter, and no other.
  ...BEHAVIOURS.filter((index) => index !== THUMBNAILS).map((index) =>
    at(
      'cf-trusted-key-group',
      DISTRIBUTION,
      `public besides thumbnails: behaviour ${index}`,
      (json) => {
        behavioursOf(json)[index].trusted_key_groups = [];
      },
      'maximum',
    ),
  ),
  ...[
    'lessons/*',
    'lessons/*/thumbnails*',
    'lessons/*/thumbnail?/*',
    'lessons/*/thumbnails/*.jpg',
    '*/thumbnails/*',
    'books/*/thumbnails/*',
    'lessons/thumbnails/*',
    'Lessons/*/thumbnails/*',
  ].map((pattern) =>
    at(
      'cf-trusted-key-group',
      DISTRIBUTION,
      `public under another pattern: ${pattern}`,
      (json) => {
        behavioursOf(json)[THUMBNAILS].path_pattern = pattern;
      },
      'maximum',
    ),
  ),
  ...[{ trusted_key_groups: ['0d1c2b3a'] }, { trusted_signers: ['self'] }].map((values) =>
    at(
      'cf-trusted-key-group',
      DISTRIBUTION,
      `public thumbnails with ${Object.keys(values)}`,
      (json) => {
        Object.assign(behavioursOf(json)[THUMBNAILS], values);
      },
      'maximum',
    ),
  ),
  // Only nothing at all is public by choice: whatever else stands there may turn out to be anything.
  ...['0d1c2b3a', {}, false, '', ref('var.key_groups'), [null]].map((groups) =>
    at(
      'cf-trusted-key-group',
      DISTRIBUTION,
      `public thumbnails with the key groups ${JSON.stringify(groups)}`,
      (json) => {
        behavioursOf(json)[THUMBNAILS].trusted_key_groups = groups;
      },
      'maximum',
    ),
  ),
  ...(
    [
      ['before the playlists', (ordered: Json[]) => ordered.reverse()],
      ['without playlists', (ordered: Json[]) => ordered.shift()],
      [
        'after playlists of another folder',
        (ordered: Json[]) => Object.assign(ordered[0], { path_pattern: 'books/*.m3u8' }),
      ],
    ] as const
  ).map(([what, change]) =>
    at(
      'cf-trusted-key-group',
      DISTRIBUTION,
      `public thumbnails ${what}`,
      (json) => {
        change(distribution(json).ordered_cache_behavior);
      },
      'maximum',
    ),
  ),
  at(
    'cf-trusted-key-group',
    DISTRIBUTION,
    'a public default behaviour with the path pattern of thumbnails',
    (json) => {
      const { default_cache_behavior: rest } = distribution(json);
      Object.assign(rest, { path_pattern: 'lessons/*/thumbnails/*', trusted_key_groups: [] });
    },
    'maximum',
  ),
  // Terraform reads lists of objects as it reads one object.
  at(
    'cf-trusted-key-group',
    DISTRIBUTION,
    'no key group, in the second of two lists of resources',
    (json) => {
      const { aws_cloudfront_distribution: distributions, ...others } = json.resource;
      delete distributions.delivery.default_cache_behavior.trusted_key_groups;
      json.resource = [others, { aws_cloudfront_distribution: distributions }];
    },
  ),
  at('cf-trusted-key-group', DISTRIBUTION, 'no key group, in the second list of a type', (json) => {
    const { aws_cloudfront_distribution: distributions } = json.resource;
    delete distributions.delivery.default_cache_behavior.trusted_key_groups;
    json.resource.aws_cloudfront_distribution = [{}, distributions];
  }),
  at('cf-trusted-key-group', DISTRIBUTION, 'no key group, in the second body of a name', (json) => {
    const { aws_cloudfront_distribution: distributions } = json.resource;
    const open = structuredClone(distributions.delivery);
    delete open.default_cache_behavior.trusted_key_groups;
    distributions.delivery = [distributions.delivery, open];
  }),
  ...eachBehaviour('cf-trusted-key-group', 'old signers', (behaviour) => {
    behaviour.trusted_signers = ['self'];
  }),
  ...eachBehaviour('cf-https-viewers', 'allow-all', (behaviour) => {
    behaviour.viewer_protocol_policy = 'allow-all';
  }),
  ...eachBehaviour('cf-read-only-methods', 'writing', (behaviour) => {
    behaviour.allowed_methods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'POST', 'PATCH', 'DELETE'];
  }),
  ...eachBehaviour('cf-plain-cache-key', 'no cache policy', (behaviour) => {
    delete behaviour.cache_policy_id;
  }),
  ...(
    [
      ['cookies_config', 'cookie_behavior'],
      ['query_strings_config', 'query_string_behavior'],
      ['headers_config', 'header_behavior'],
    ] as const
  ).flatMap(([config, behaviour]) =>
    ['delivery_playlists', 'delivery_segments'].map((name) =>
      at('cf-plain-cache-key', `aws_cloudfront_cache_policy.${name}`, `${behaviour} in ${name}`, (json) => {
        const policy = json.resource.aws_cloudfront_cache_policy[name];
        policy.parameters_in_cache_key_and_forwarded_to_origin[config][behaviour] = 'all';
      }),
    ),
  ),
  at('cf-bucket-origin', DISTRIBUTION, 'a website endpoint', (json) => {
    distribution(json).origin[0].domain_name =
      'storytime-hls-outputs-prod.s3-website.eu-central-1.amazonaws.com';
  }),
  at('cf-bucket-origin', DISTRIBUTION, 'the global address', (json) => {
    distribution(json).origin[0].domain_name = ref('aws_s3_bucket.outputs.bucket_domain_name');
  }),
  at('cf-origin-access-control', DISTRIBUTION, 'no access control', (json) => {
    delete distribution(json).origin[0].origin_access_control_id;
  }),
  ...['signing_behavior', 'signing_protocol', 'origin_access_control_origin_type'].map((argument) =>
    at('cf-signs-always', 'aws_cloudfront_origin_access_control.delivery', argument, (json) => {
      json.resource.aws_cloudfront_origin_access_control.delivery[argument] = 'never';
    }),
  ),
  at(
    'cf-no-identity',
    'aws_cloudfront_origin_access_identity.mistake',
    'an identity',
    add('aws_cloudfront_origin_access_identity', { comment: 'legacy' }),
  ),
  at('cf-no-identity', DISTRIBUTION, 'an origin with an identity', (json) => {
    distribution(json).origin[0].s3_origin_config = {
      origin_access_identity: 'origin-access-identity/cloudfront/E1',
    };
  }),
  at('cf-origin-readable', DISTRIBUTION, 'nothing allowed', (json) => {
    const policy = bucketPolicy(json, 'outputs');
    const document = JSON.parse(policy.policy);
    document.Statement = document.Statement.filter(({ Effect }: Json) => Effect === 'Deny');
    policy.policy = JSON.stringify(document);
  }),
  ...(
    [
      ['StringNotEquals', 'arn:aws:cloudfront::444455556666:distribution/*'],
      ['ArnNotLike', 'arn:aws:cloudfront::*'],
      ['Null', 'false'],
      ['UnknownOperator', 'x'],
    ] as const
  ).map(([operator, value]) =>
    at('cf-origin-readable', DISTRIBUTION, `a Deny by ${operator}`, (json) =>
      rewrite(bucketPolicy(json, 'outputs'), (document) => {
        document.Statement.push({
          Sid: 'OtherDistributions',
          Effect: 'Deny',
          Principal: '*',
          Action: 's3:GetObject',
          Resource: `${ref('aws_s3_bucket.outputs.arn')}/*`,
          Condition: { [operator]: { 'aws:SourceArn': value } },
        });
      }),
    ),
  ),
  at('cf-origin-readable', DISTRIBUTION, 'a further condition', (json) =>
    restate(bucketPolicy(json, 'outputs'), 'AllowCloudFrontRead', (statement) => {
      statement.Condition.Bool = { 'aws:SecureTransport': 'false' };
    }),
  ),
  at('cf-origin-readable', DISTRIBUTION, 'the other bucket', (json) =>
    restate(bucketPolicy(json, 'outputs'), 'AllowCloudFrontRead', (statement) => {
      statement.Resource = `${ref('aws_s3_bucket.masters.arn')}/*`;
    }),
  ),
  at('cf-modern-tls', DISTRIBUTION, 'an old protocol', (json) => {
    distribution(json).viewer_certificate.minimum_protocol_version = 'TLSv1.2_2018';
  }),
  at('cf-modern-tls', DISTRIBUTION, 'no protocol', (json) => {
    delete distribution(json).viewer_certificate.minimum_protocol_version;
  }),
  at('cf-modern-tls', DISTRIBUTION, 'a dedicated address', (json) => {
    distribution(json).viewer_certificate.ssl_support_method = 'vip';
  }),
  at('cf-modern-tls', DISTRIBUTION, 'a domain without a certificate', (json) => {
    distribution(json).viewer_certificate = { cloudfront_default_certificate: true };
  }),
  at('cf-modern-tls', DISTRIBUTION, 'a certificate of another region', (json) => {
    const certificate = distribution(json).viewer_certificate;
    certificate.acm_certificate_arn = certificate.acm_certificate_arn.replace('us-east-1', 'eu-central-1');
  }),
  ...[0, 1].flatMap((index) => [
    at('cf-errors-stay-errors', DISTRIBUTION, `error ${index} as a success`, (json) => {
      Object.assign(distribution(json).custom_error_response[index], {
        response_code: 200,
        response_page_path: '/',
      });
    }),
    at('cf-errors-stay-errors', DISTRIBUTION, `error ${index} for five minutes`, (json) => {
      distribution(json).custom_error_response[index].error_caching_min_ttl = 300;
    }),
  ]),
  at('cf-errors-stay-errors', DISTRIBUTION, 'errors for ten seconds', (json) => {
    delete distribution(json).custom_error_response;
  }),
  ...['delivery_ipv4', 'delivery_ipv6'].map((name) =>
    at('dns-alias-in-stack', `aws_route53_record.${name}`, `a literal ${name}`, (json) => {
      json.resource.aws_route53_record[name].alias.name = 'd111111abcdef8.cloudfront.net';
    }),
  ),
  at(
    'dns-alias-in-stack',
    'aws_route53_record.mistake',
    'a CNAME',
    add('aws_route53_record', { type: 'CNAME', records: ['d111111abcdef8.cloudfront.net'] }),
  ),
  at('keys-group-filled', 'aws_cloudfront_key_group.viewers', 'the last key removed', (json) => {
    json.resource.aws_cloudfront_key_group.viewers.items = [];
  }),
  at('keys-group-filled', 'aws_cloudfront_key_group.viewers', 'a literal key', (json) => {
    json.resource.aws_cloudfront_key_group.viewers.items.push('K2JCJMDEHXQW5F');
  }),
  at('keys-active-trusted', 'aws_cloudfront_key_group.viewers', 'the active key removed', (json) => {
    json.resource.aws_cloudfront_key_group.viewers.items.shift();
  }),
  at('keys-active-trusted', 'aws_cloudfront_key_group.viewers', 'two keys swapped', (json) => {
    const all = json.resource.aws_cloudfront_public_key;
    [all['generation_2026-11-a'], all['generation_2026-12-b']] = [
      all['generation_2026-12-b'],
      all['generation_2026-11-a'],
    ];
  }),
  at('keys-active-output', 'output.cloudfront_public_key_id', 'another generation', (json) => {
    json.output.cloudfront_public_key_id.value = ref('aws_cloudfront_public_key.generation_2026-12-b.id');
  }),
  ...['2026-11-a', '2026-12-b'].flatMap((generation) => {
    const address = `aws_cloudfront_public_key.generation_${generation}`;
    const key = (json: Json): Json => json.resource.aws_cloudfront_public_key[`generation_${generation}`];
    return [
      at('keys-replaceable', address, `${generation} destroyed first`, (json) => delete key(json).lifecycle),
      at('keys-replaceable', address, `${generation} under a fixed name`, (json) => {
        key(json).name = 'storytime-prod';
      }),
      at('keys-replaceable', address, `${generation} with another newline`, (json) => {
        key(json).encoded_key += '\n';
      }),
    ];
  }),
  at('iam-readable', APP, 'a policy from a variable', (json) => {
    json.resource.aws_iam_policy.app.policy = ref('var.policy');
  }),
  at('iam-readable', 'aws_iam_role.mediaconvert', 'a trust from elsewhere', (json) => {
    json.resource.aws_iam_role.mediaconvert.assume_role_policy = ref('file("trust.json")');
  }),
  ...['source_policy_documents', 'override_policy_documents', 'source_json', 'override_json'].map(
    (argument) =>
      at('iam-readable', 'aws_iam_policy.mistake', `a document with ${argument}`, (json) => {
        const statement = { actions: ['s3:GetObject'], resources: [`${ref('aws_s3_bucket.masters.arn')}/*`] };
        const mistake = { statement, [argument]: ['{"Statement":[]}'] };
        json.data = { ...json.data, aws_iam_policy_document: { mistake } };
        json.resource.aws_iam_policy.mistake = { policy: ref('data.aws_iam_policy_document.mistake.json') };
      }),
  ),
  ...['inline_policy', 'managed_policy_arns'].map((argument) =>
    at('iam-readable', 'aws_iam_role.mediaconvert', argument, (json) => {
      json.resource.aws_iam_role.mediaconvert[argument] = [];
    }),
  ),
  ...['*', 's3:*'].map((action) =>
    at(
      'iam-no-star-action',
      APP,
      action,
      inApp('UploadMasters', (statement) => {
        statement.Action = [action];
      }),
    ),
  ),
  at('iam-no-star-action', 'aws_iam_role_policy.mediaconvert', 'everything but', (json) =>
    restate(json.resource.aws_iam_role_policy.mediaconvert, 'ReadMasters', (statement) => {
      delete statement.Action;
      statement.NotAction = 's3:DeleteBucket';
    }),
  ),
  ...['*', 'arn:aws:s3:::*'].map((resource) =>
    at(
      'iam-no-star-resource',
      APP,
      resource,
      inApp('UploadMasters', (statement) => {
        statement.Resource = resource;
      }),
    ),
  ),
  at(
    'iam-no-star-resource',
    APP,
    'everything but',
    inApp('UploadMasters', (statement) => {
      delete statement.Resource;
      statement.NotResource = 'arn:aws:s3:::storytime-hls-outputs-prod/*';
    }),
  ),
  at(
    'iam-pass-role-bound',
    APP,
    'no condition',
    inApp('PassTranscodeRole', (statement) => {
      delete statement.Condition;
    }),
  ),
  at(
    'iam-pass-role-bound',
    APP,
    'any service of AWS',
    inApp('PassTranscodeRole', (statement) => {
      statement.Condition = { StringLike: { 'iam:PassedToService': '*.amazonaws.com' } };
    }),
  ),
  at(
    'iam-pass-role-bound',
    APP,
    'an action pattern',
    inApp('PassTranscodeRole', (statement) => {
      statement.Action = 'iam:Pass*';
      delete statement.Condition;
    }),
  ),
  at(
    'iam-exact-secret',
    APP,
    'an action pattern and a secret by name',
    inApp('ReadSigningKey', (statement) => {
      statement.Action = 'secretsmanager:Get*';
      statement.Resource =
        'arn:aws:secretsmanager:eu-central-1:444455556666:secret:storytime/prod/key-a1b2c3';
    }),
  ),
  at(
    'iam-passed-role-trust',
    APP,
    'a role by pattern',
    inApp('PassTranscodeRole', (statement) => {
      statement.Resource = 'arn:aws:iam::444455556666:role/storytime-*';
    }),
  ),
  at('iam-passed-role-trust', APP, 'a role that Lambda can use too', (json) =>
    restate(
      json.resource.aws_iam_role.mediaconvert,
      'MediaConvert',
      (statement) => {
        statement.Principal.Service = ['mediaconvert.amazonaws.com', 'lambda.amazonaws.com'];
      },
      'assume_role_policy',
    ),
  ),
  at('iam-trust-bound', 'aws_iam_role.mediaconvert', 'a trust in everybody', (json) =>
    restate(
      json.resource.aws_iam_role.mediaconvert,
      'MediaConvert',
      (statement) => {
        statement.Principal = { AWS: '*' };
      },
      'assume_role_policy',
    ),
  ),
  ...[{}, { StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:*' } }].map((Condition) =>
    at(
      'iam-trust-bound',
      'aws_iam_role.mistake',
      `any workflow with ${JSON.stringify(Condition)}`,
      add('aws_iam_role', {
        assume_role_policy: JSON.stringify({
          Statement: [
            {
              Effect: 'Allow',
              Principal: {
                Federated: 'arn:aws:iam::444455556666:oidc-provider/token.actions.githubusercontent.com',
              },
              Action: 'sts:AssumeRoleWithWebIdentity',
              Condition,
            },
          ],
        }),
      }),
    ),
  ),
  at(
    'iam-no-admin-policy',
    'aws_iam_role_policy_attachment.mistake',
    'an administrator',
    add('aws_iam_role_policy_attachment', { policy_arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }),
  ),
  at(
    'iam-exact-secret',
    APP,
    'every secret of the project',
    inApp('ReadSigningKey', (statement) => {
      statement.Resource = 'arn:aws:secretsmanager:eu-central-1:444455556666:secret:storytime/*';
    }),
  ),
  ...['aws_secretsmanager_secret_policy', 'aws_sqs_queue_policy', 'aws_kms_key_policy'].map((type) =>
    at(
      'policy-not-public',
      `${type}.mistake`,
      type,
      add(type, {
        policy: JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: '*', Action: 'x:Get' }] }),
      }),
    ),
  ),
  at(
    'secret-write-only',
    'aws_secretsmanager_secret_version.signing',
    'secret_string',
    (json) => {
      const version = json.resource.aws_secretsmanager_secret_version.signing;
      version.secret_string = version.secret_string_wo;
      delete version.secret_string_wo;
    },
    'dev',
  ),
  ...(
    [
      ['ephemeral', false],
      ['sensitive', undefined],
      ['default', 'a value'],
    ] as const
  ).map(([argument, value]) =>
    at(
      'secret-ephemeral-variable',
      'variable.cloudfront_private_key',
      argument,
      (json) => {
        json.variable.cloudfront_private_key[argument] = value;
      },
      'dev',
    ),
  ),
  at(
    'secret-prod-owner',
    'aws_secretsmanager_secret_version.mistake',
    'a value in prod',
    add('aws_secretsmanager_secret_version', { secret_id: ref('aws_secretsmanager_secret.signing.id') }),
  ),
  at('secret-prod-recovery', 'aws_secretsmanager_secret.signing', 'gone at once', (json) => {
    json.resource.aws_secretsmanager_secret.signing.recovery_window_in_days = 0;
  }),
  at('secret-no-plaintext', 'aws_secretsmanager_secret.signing', 'a private key', (json) => {
    json.resource.aws_secretsmanager_secret.signing.description = PEM;
  }),
  at(
    'secret-no-plaintext',
    'aws_db_instance.mistake',
    'a password',
    add('aws_db_instance', { master_password: 'CANARY-hunter2' }),
  ),
  at('secret-no-plaintext', 'output.key', 'an access key id in an output', (json) => {
    json.output.key = { value: `AKIA${'ABCDEFGH'.repeat(2)}` };
  }),
  at('secret-no-plaintext', 'locals', 'a token in locals', (json) => {
    json.locals = { deploy: { token: 'CANARY-0123' } };
  }),
  ...['tls_private_key', 'random_password', 'aws_iam_access_key'].map((type) =>
    at('secret-not-generated', `${type}.mistake`, type, add(type, {})),
  ),
  at('secret-not-in-output', 'output.key', 'a secret by reference', (json) => {
    json.output.key = {
      value: ref('aws_secretsmanager_secret_version.signing.secret_string'),
      sensitive: true,
    };
  }),
  at(
    'secret-not-in-output',
    'output.key',
    'the variable that carries the key',
    (json) => {
      json.output.key = { value: ref('base64encode(var.cloudfront_private_key)'), sensitive: true };
    },
    'dev',
  ),
  at('tf-account-guard', 'provider.aws', 'no accounts', (json) => delete provider(json).allowed_account_ids),
  at('tf-one-role', 'terraform.backend.s3', 'a backend of the deploy account', (json) => {
    for (const one of json.provider.aws) one.assume_role = [{ role_arn: DEPLOYER }];
  }),
  at('tf-one-role', 'provider.aws.us_east_1', 'a provider of the deploy account', (json) => {
    provider(json).assume_role = [{ role_arn: DEPLOYER }];
    backend(json).assume_role = { role_arn: DEPLOYER };
  }),
  at('tf-one-role', 'terraform.backend.s3', 'a backend by another role', (json) => {
    for (const one of json.provider.aws) one.assume_role = [{ role_arn: DEPLOYER }];
    backend(json).assume_role = { role_arn: `${DEPLOYER}-2` };
  }),
  at('tf-account-guard', 'terraform.backend.s3', 'a backend for any account', (json) => {
    delete backend(json).allowed_account_ids;
  }),
  at('tf-account-guard', 'terraform.backend.s3', 'a backend in another account', (json) => {
    backend(json).allowed_account_ids = ['111122223333'];
  }),
  at('tf-account-guard', 'provider.aws.global', 'another provider for any account', (json) => {
    const { allowed_account_ids: _dropped, ...rest } = provider(json);
    json.provider.aws.push({ ...rest, alias: 'global', region: 'us-east-1' });
  }),
  ...['project', 'environment', 'cost-centre', 'managed-by'].map((tag) =>
    at(
      'tf-default-tags',
      'provider.aws',
      `no ${tag}`,
      (json) => delete provider(json).default_tags[0].tags[tag],
    ),
  ),
  at('tf-default-tags', 'provider.aws', 'the tags of another environment', (json) => {
    provider(json).default_tags[0].tags.environment = 'dev';
  }),
  ...['access_key', 'secret_key', 'token'].flatMap((argument) => [
    at('tf-no-credentials', 'provider.aws', argument, (json) => {
      provider(json)[argument] = 'CANARY-credentials';
    }),
    at('tf-no-credentials', 'terraform.backend.s3', `${argument} of the backend`, (json) => {
      backend(json)[argument] = 'CANARY-credentials';
    }),
  ]),
  ...['skip_requesting_account_id', 'skip_credentials_validation', 's3_use_path_style', 'insecure'].map(
    (argument) =>
      at('tf-no-shortcuts', 'provider.aws', argument, (json) => {
        provider(json)[argument] = true;
      }),
  ),
  at('tf-no-shortcuts', 'provider.aws', 'endpoints', (json) => {
    provider(json).endpoints = [{ s3: 'http://127.0.0.1:5000' }];
  }),
  ...[undefined, '>= 5.100.0', 'latest'].flatMap((version) => [
    at('tf-version-ranges', 'terraform.required_providers.aws', `provider ${version}`, (json) => {
      json.terraform.required_providers.aws.version = version;
    }),
    at('tf-version-ranges', 'terraform.required_version', `Terraform ${version}`, (json) => {
      json.terraform.required_version = version;
    }),
  ]),
  at('tf-remote-state', 'terraform.backend.local', 'a state on one disk', (json) => {
    json.terraform.backend = { local: { path: 'terraform.tfstate' } };
  }),
  at('tf-remote-state', 'terraform.backend', 'no backend', (json) => delete json.terraform.backend),
  at('tf-remote-state', 'terraform.backend.s3', 'the state of another environment', (json) => {
    backend(json).key = 'storytime/dev/terraform.tfstate';
  }),
  at('tf-state-encrypted', 'terraform.backend.s3', 'plain', (json) => delete backend(json).encrypt),
  at('tf-state-locked', 'terraform.backend.s3', 'a table without a name', (json) => {
    Object.assign(backend(json), { use_lockfile: false, dynamodb_table: '' });
  }),
  at(
    'tf-account-guard',
    'provider.aws',
    'no account anywhere',
    (json) => {
      for (const guarded of [...json.provider.aws, backend(json)]) guarded.allowed_account_ids = ['12345'];
    },
    'state-prod',
  ),
  at('tf-state-locked', 'terraform.backend.s3', 'no lock', (json) => delete backend(json).use_lockfile),
  at(
    'tf-state-kept',
    'aws_s3_bucket.state',
    'a bucket that can go',
    (json) => delete json.resource.aws_s3_bucket.state.lifecycle,
    'state-prod',
  ),
  at(
    'tf-state-kept',
    'aws_dynamodb_table.locks',
    'a table that can go',
    (json) => delete json.resource.aws_dynamodb_table.locks.lifecycle,
    'state-prod',
  ),
  at(
    'tf-state-kept',
    'aws_s3_bucket.state',
    'no versions',
    (json) => {
      json.resource.aws_s3_bucket_versioning.state.versioning_configuration.status = 'Suspended';
    },
    'state-prod',
  ),
  at(
    'tf-state-kept',
    'aws_dynamodb_table.locks',
    'no recovery',
    (json) => {
      json.resource.aws_dynamodb_table.locks.point_in_time_recovery.enabled = false;
    },
    'state-prod',
  ),
  at('tf-nothing-hidden', 'module.cdn', 'a module', (json) => {
    json.module = { cdn: { source: 'terraform-aws-modules/cloudfront/aws' } };
  }),
  at('tf-nothing-hidden', 'aws_s3_bucket.outputs', 'a provisioner', (json) => {
    json.resource.aws_s3_bucket.outputs.provisioner = [{ 'local-exec': { command: 'true' } }];
  }),
  at('tf-nothing-hidden', 'module.cdn', 'a module in the second of two lists', (json) => {
    json.module = [{}, { cdn: { source: 'terraform-aws-modules/cloudfront/aws' } }];
  }),
  at('tf-nothing-hidden', DISTRIBUTION, 'a dynamic behaviour', (json) => {
    const content = { path_pattern: '*', target_origin_id: 'hls-outputs' };
    distribution(json).dynamic = { ordered_cache_behavior: { for_each: ['x'], content } };
  }),
  at('tf-nothing-hidden', DISTRIBUTION, 'a dynamic block deep in a resource', (json) => {
    const content = { event_type: 'viewer-request', function_arn: 'arn' };
    distribution(json).ordered_cache_behavior[0].dynamic = [
      { function_association: [{ for_each: ['x'], content }] },
    ];
  }),
  at('tf-nothing-hidden', DISTRIBUTION, 'a dynamic that is not a block', (json) => {
    distribution(json).dynamic = ref('var.behaviours');
  }),
  at('tf-nothing-hidden', DISTRIBUTION, 'a behaviour in a list in a list', (json) => {
    const { default_cache_behavior: rest, ordered_cache_behavior: ordered } = distribution(json);
    ordered.push([{ ...rest, path_pattern: '*' }, { trusted_key_groups: [] }]);
  }),
  at(
    'tf-nothing-hidden',
    'data.aws_iam_policy_document.mistake',
    'a dynamic block in a data source',
    (json) => {
      const mistake = { dynamic: { statement: { for_each: ['x'], content: { actions: ['*'] } } } };
      json.data = { ...json.data, aws_iam_policy_document: { mistake } };
    },
  ),
  at('tf-nothing-hidden', 'provider.aws', 'a dynamic block in a provider', (json) => {
    provider(json).dynamic = { ignore_tags: { for_each: ['x'], content: {} } };
  }),
  at('cfn-job-template-only', 'aws_cloudformation_stack.transcode_job_template', 'a role', (json) => {
    const body = JSON.parse(template(json).template_body);
    body.Resources.Role = { Type: 'AWS::IAM::Role' };
    template(json).template_body = JSON.stringify(body);
  }),
  at(
    'cfn-job-template-only',
    'aws_cloudformation_stack.transcode_job_template',
    'a template elsewhere',
    (json) => {
      delete template(json).template_body;
      template(json).template_url = 'https://example.com/template.json';
    },
  ),
  at('cfn-job-template-only', 'aws_cloudformation_stack.transcode_job_template', 'capabilities', (json) => {
    template(json).capabilities = ['CAPABILITY_IAM'];
  }),
  at(
    'mediaconvert-no-static-key',
    'aws_cloudformation_stack.transcode_job_template',
    'a content key',
    (json) => {
      const body = JSON.parse(template(json).template_body);
      body.Resources.JobTemplate.Properties.SettingsJson.StaticKeyProvider = { StaticKeyValue: '00' };
      template(json).template_body = JSON.stringify(body);
    },
  ),
];
