/** The distribution: nothing leaves without a signature, over TLS, from a bucket that only it can read. */
import { CLOUDFRONT } from '../../../aws/iam/cloudfront-read.ts';
import { type Block, blockOf, blocksOf, stringsOf } from '../../../aws/stack/blocks.ts';
import type { Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import { denialOf, judgeUse } from '../denials.ts';
import { type Behaviour, behavioursOf, nameOf, originPart, statementPart } from '../part.ts';
import { at, type Finding, type Judged, type Rule, reference, show, unless, within } from '../rule.ts';
import { bucketBehind, cloudfrontAllowances, cloudfrontFindings, policiesOf } from './s3.ts';

/** Security policies that speak TLS 1.2 with forward secrecy only, or 1.3. */
const MODERN_TLS = ['TLSv1.2_2021', 'TLSv1.2_2025', 'TLSv1.3_2025'];
const ERROR_CACHING_SECONDS = 1;

export const cloudfrontRules: readonly Rule[] = [
  {
    id: 'cf-trusted-key-group',
    title:
      'every behaviour trusts exactly one key group of this stack, except thumbnails that the environment makes public',
    why: 'a behaviour without a key group serves its paths to everybody; a literal id or the account’s old signers trust keys that rotation does not know',
    check: ({ graph, publicThumbnailsBelow }) =>
      eachBehaviour(graph, ({ trusted_key_groups: groups, trusted_signers: signers }, behaviour) => [
        ...unless(
          isOneKeyGroup(graph, groups) ||
            (isNothing(groups) && isPublicByChoice(behaviour, publicThumbnailsBelow)),
          `trusted_key_groups ${show(groups)}`,
          'one reference to an aws_cloudfront_key_group',
        ),
        ...unless(stringsOf(signers).length === 0, 'trusted_signers', 'none: key groups replace them', {
          argument: 'trusted_signers',
        }),
      ]),
  },
  {
    id: 'cf-https-viewers',
    title: 'viewers must use https',
    why: 'over plain http anybody on the network can take the cookies, and watch the title with them',
    checkov: ['CKV_AWS_34'],
    check: ({ graph }) =>
      eachBehaviour(graph, ({ viewer_protocol_policy: policy }) =>
        unless(
          policy === 'redirect-to-https' || policy === 'https-only',
          `viewer_protocol_policy ${show(policy)}`,
          '"redirect-to-https" or "https-only"',
        ),
      ),
  },
  {
    id: 'cf-read-only-methods',
    title: 'viewers can only read',
    why: 'the origin access control signs what CloudFront forwards: a PUT would arrive at the bucket as CloudFront’s own request',
    check: ({ graph }) =>
      eachBehaviour(graph, ({ allowed_methods: methods }) =>
        stringsOf(methods)
          .filter((method) => !['GET', 'HEAD', 'OPTIONS'].includes(method))
          .map((method) => ({
            part: { value: nameOf(method) },
            found: `allowed_methods with ${show(method)}`,
            wanted: 'GET, HEAD and OPTIONS at most',
          })),
      ),
  },
  {
    id: 'cf-plain-cache-key',
    title:
      'every behaviour has a cache policy that keeps cookies, query strings and headers out of the cache key',
    why: 'signatures differ per viewer: in the key, they would give each viewer a separate cache, and the origin would receive the cookies',
    check: ({ graph }) => [
      ...eachBehaviour(graph, ({ cache_policy_id: policy, forwarded_values: legacy }) => [
        ...unless(policy !== undefined, 'no cache_policy_id', 'a cache policy', {
          argument: 'cache_policy_id',
        }),
        ...unless(legacy === undefined, 'forwarded_values', 'a cache policy instead', {
          argument: 'forwarded_values',
        }),
      ]),
      ...graph.ofType('aws_cloudfront_cache_policy').flatMap(cacheKeyFindings),
    ],
  },
  {
    id: 'cf-bucket-origin',
    title: 'every origin is a bucket of this stack at its regional address',
    why: 'an origin access control cannot keep a website endpoint or another host private, and a bucket’s global address redirects for hours after it is made',
    check: ({ graph }) =>
      eachOrigin(graph, ({ domain_name: name, custom_origin_config: custom }) => [
        ...unless(
          bucketBehind(graph, name) !== undefined,
          `domain_name ${show(name)}`,
          reference('aws_s3_bucket.<name>.bucket_regional_domain_name'),
          { argument: 'domain_name' },
        ),
        ...unless(
          custom === undefined,
          'custom_origin_config',
          'none: CloudFront reaches a bucket by its origin access control',
          { argument: 'custom_origin_config' },
        ),
      ]),
  },
  {
    id: 'cf-origin-access-control',
    title: 'every origin has an access control of this stack',
    why: 'without one CloudFront requests objects anonymously: either nobody can watch, or the bucket has to be public',
    checkov: ['CKV2_AWS_46'],
    check: ({ graph }) =>
      eachOrigin(graph, ({ origin_access_control_id: id }) =>
        unless(
          graph.target(id, 'aws_cloudfront_origin_access_control', 'id') !== undefined,
          `origin_access_control_id ${show(id)}`,
          'a reference to an aws_cloudfront_origin_access_control',
        ),
      ),
  },
  {
    id: 'cf-signs-always',
    title: 'origin access controls sign every request to S3',
    why: '"no-override" forwards a viewer’s own Authorization header, and "never" sends anonymous requests',
    check: ({ graph }) =>
      graph.ofType('aws_cloudfront_origin_access_control').flatMap(({ address, block }) =>
        Object.entries({
          signing_behavior: 'always',
          signing_protocol: 'sigv4',
          origin_access_control_origin_type: 's3',
        })
          .filter(([argument, wanted]) => block[argument] !== wanted)
          .map(([argument, wanted]) => ({
            address,
            part: { argument },
            found: `${argument} ${show(block[argument])}`,
            wanted: `"${wanted}"`,
          })),
      ),
  },
  {
    id: 'cf-no-identity',
    title: 'nothing uses the legacy origin access identity',
    why: 'an identity cannot read SSE-KMS objects, nor buckets in regions opened since December 2022; origin access controls replace it',
    check: ({ graph }) => [
      ...graph.ofType('aws_cloudfront_origin_access_identity').map(({ address }) => ({
        address,
        found: 'an origin access identity',
        wanted: 'an aws_cloudfront_origin_access_control',
      })),
      ...eachOrigin(graph, ({ s3_origin_config: config }) => {
        const identity = blockOf(config).origin_access_identity;
        return unless(
          identity === undefined || identity === '',
          's3_origin_config.origin_access_identity',
          'origin_access_control_id instead',
        );
      }),
    ],
  },
  {
    id: 'cf-origin-readable',
    title: 'the bucket behind every origin lets CloudFront read',
    why: 'otherwise S3 answers 403, which looks like a signing fault and is cached',
    check: ({ graph }) =>
      eachOrigin(graph, ({ domain_name: name }, distribution) => {
        const bucket = bucketBehind(graph, name);
        if (bucket === undefined) return [];
        const objects = `\${${bucket.address}.arn}/*`;
        const allowed = cloudfrontAllowances(graph).some(
          ({ statement: { actions, resources } }) =>
            actions.includes('s3:GetObject') && resources.includes(objects),
        );
        const policies = policiesOf(graph, bucket);
        const use = {
          service: CLOUDFRONT,
          action: 's3:GetObject',
          resource: `\${${bucket.address}.arn}/title/segment`,
          source: distribution,
        };
        const denial = denialOf(graph, policies, use);
        // An Allow for another source is the rule's on exact sources.
        const isExact = cloudfrontAllowances(graph).every(
          (one) => cloudfrontFindings(graph, one).length === 0,
        );
        return [
          ...unless(
            allowed,
            `no policy of ${bucket.address} that allows CloudFront s3:GetObject`,
            `an Allow on ${objects}`,
          ),
          ...unless(
            denial === null,
            `${denial?.name} denies it in ${bucket.address}`,
            'no Deny that CloudFront meets: StringNotEquals does not support wildcards, and ARNs are compared part by part',
            denial === null ? {} : statementPart(denial),
          ),
          ...unless(
            !allowed || !isExact || denial !== null || judgeUse(graph, policies, use).decision === 'allow',
            `an Allow in ${bucket.address} with conditions that CloudFront does not meet`,
            'StringEquals AWS:SourceArn as its one condition',
            { argument: 'Condition' },
          ),
        ];
      }),
  },
  {
    id: 'cf-modern-tls',
    title:
      'a custom domain has its certificate in us-east-1, SNI, and the security policy TLSv1.2_2021 or a newer one',
    why: 'older policies allow ciphers without forward secrecy, and CloudFront reads certificates in us-east-1 only',
    checkov: ['CKV_AWS_174'],
    check: ({ graph }) => graph.ofType('aws_cloudfront_distribution').flatMap(certificateFindings),
  },
  {
    id: 'cf-errors-stay-errors',
    title: 'errors keep their status and are cached for at most a second',
    why: 'a 403 that is shown as a 200 looks like a broken video and is hard to find; a cached error stays after the title is published',
    check: ({ graph }) =>
      graph.ofType('aws_cloudfront_distribution').flatMap(({ address, block }) => {
        const custom = blocksOf(block.custom_error_response);
        const disguised = custom.filter(
          ({ error_code: code, response_code: shown }) =>
            shown !== undefined && shown !== 0 && shown !== code,
        );
        return [
          ...disguised.map(({ error_code: code, response_code: shown }) => ({
            address,
            part: { argument: 'response_code', value: nameOf(code) },
            found: `${show(code)} answered as ${show(shown)}`,
            wanted: 'the error as it is',
          })),
          ...[403, 404]
            .filter(
              (code) =>
                !custom.some(
                  ({ error_code: found, error_caching_min_ttl: seconds }) =>
                    found === code && typeof seconds === 'number' && seconds <= ERROR_CACHING_SECONDS,
                ),
            )
            .map((code) => ({
              address,
              part: { argument: 'error_caching_min_ttl', value: nameOf(code) },
              found: `${code} cached for ${show(custom.find(({ error_code: found }) => found === code)?.error_caching_min_ttl ?? 10)} s`,
              wanted: `error_caching_min_ttl ${ERROR_CACHING_SECONDS}`,
            })),
        ];
      }),
  },
  {
    id: 'dns-alias-in-stack',
    title: 'DNS records point at resources of this stack by reference',
    why: 'if a record outlives its distribution, another account can claim the name and take it over',
    checkov: ['CKV2_AWS_23'],
    check: ({ graph }) =>
      graph.ofType('aws_route53_record').flatMap(({ address, block }) => {
        const { name } = blockOf(block.alias);
        const literal = stringsOf(block.records).filter((record) =>
          /\.(?:cloudfront\.net|amazonaws\.com)\.?$/.test(record),
        );
        return at(address, [
          ...unless(
            block.alias === undefined ||
              graph.target(name, 'aws_cloudfront_distribution', 'domain_name') !== undefined,
            `an alias to ${show(name)}`,
            reference('aws_cloudfront_distribution.<name>.domain_name'),
            { argument: 'alias' },
          ),
          ...literal.map((record) => ({
            part: { argument: 'records', value: nameOf(record) },
            found: `a record of ${show(record)}`,
            wanted: 'an alias by reference',
          })),
        ]);
      }),
  },
];

function isOneKeyGroup(graph: StackGraph, groups: unknown): boolean {
  return (
    Array.isArray(groups) &&
    groups.length === 1 &&
    graph.target(groups[0], 'aws_cloudfront_key_group', 'id') !== undefined
  );
}

/** Whether an argument says nothing: any other value, such as a reference, may turn out to be something. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/**
 * Thumbnails by the whole pattern, after playlists: a wider pattern opens playlists and segments with them, and an earlier
 * one opens the playlists of a folder `thumbnails`.
 */
function isPublicByChoice({ block, isDefault, earlier }: Behaviour, folder: string | null): boolean {
  return (
    folder !== null &&
    !isDefault &&
    block.path_pattern === `${folder}/*/thumbnails/*` &&
    earlier.includes(`${folder}/*.m3u8`)
  );
}

/** The default behaviour and the others, by the path that they are for. */
export function eachBehaviour(
  graph: StackGraph,
  judge: (block: Block, behaviour: Behaviour) => Judged,
): Finding[] {
  return graph.ofType('aws_cloudfront_distribution').flatMap(({ address, block }) =>
    behavioursOf(block).flatMap((behaviour) =>
      within(behaviour.part, judge(behaviour.block, behaviour)).map((finding) => ({
        address,
        ...finding,
        found: `${textOf(behaviour)}: ${finding.found}`,
      })),
    ),
  );
}

function textOf({ block, isDefault }: Behaviour): string {
  return isDefault ? 'the default behaviour' : `behaviour ${show(block.path_pattern)}`;
}

function eachOrigin(graph: StackGraph, judge: (origin: Block, distribution: Resource) => Judged): Finding[] {
  return graph.ofType('aws_cloudfront_distribution').flatMap((distribution) =>
    blocksOf(distribution.block.origin).flatMap((origin) =>
      within(originPart(origin), judge(origin, distribution)).map((finding) => ({
        address: distribution.address,
        ...finding,
        found: `origin ${show(origin.origin_id)}: ${finding.found}`,
      })),
    ),
  );
}

function cacheKeyFindings({ address, block }: Resource): Finding[] {
  const parameters = blockOf(block.parameters_in_cache_key_and_forwarded_to_origin);
  const behaviours = {
    cookie_behavior: blockOf(parameters.cookies_config).cookie_behavior,
    query_string_behavior: blockOf(parameters.query_strings_config).query_string_behavior,
    header_behavior: blockOf(parameters.headers_config).header_behavior,
  };
  return Object.entries(behaviours)
    .filter(([, behaviour]) => behaviour !== 'none')
    .map(([argument, behaviour]) => ({
      address,
      part: { argument },
      found: `${argument} ${show(behaviour)}`,
      wanted: '"none"',
    }));
}

function certificateFindings({ address, block }: Resource): Finding[] {
  const certificate = blockOf(block.viewer_certificate);
  const {
    acm_certificate_arn: arn,
    minimum_protocol_version: minimum,
    ssl_support_method: method,
  } = certificate;
  const custom = arn !== undefined || certificate.iam_certificate_id !== undefined;
  const elsewhere = typeof arn === 'string' && /^arn:[^:]*:acm:(?!us-east-1:)/.test(arn);
  return at(address, [
    ...unless(
      custom || stringsOf(block.aliases).length === 0,
      'aliases without a certificate',
      'acm_certificate_arn for these names',
      { argument: 'aliases' },
    ),
    ...unless(!elsewhere, 'a certificate of another region', 'one in us-east-1', {
      argument: 'acm_certificate_arn',
    }),
    ...unless(
      !custom || (typeof minimum === 'string' && MODERN_TLS.includes(minimum)),
      `minimum_protocol_version ${show(minimum)}`,
      `one of ${MODERN_TLS.join(', ')}`,
      { argument: 'minimum_protocol_version' },
    ),
    ...unless(!custom || method === 'sni-only', `ssl_support_method ${show(method)}`, '"sni-only"', {
      argument: 'ssl_support_method',
    }),
  ]);
}
