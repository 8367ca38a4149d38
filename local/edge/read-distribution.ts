/** One distribution as the AWS API tells it: CloudFront's configuration, with what it refers to, in the edge's own terms. */
import {
  type CacheBehavior,
  type CachePolicyConfig,
  type CloudFrontClient,
  type DefaultCacheBehavior,
  GetCachePolicyCommand,
  GetDistributionCommand,
  GetKeyGroupCommand,
  GetOriginAccessControlCommand,
  GetPublicKeyCommand,
  GetResponseHeadersPolicyCommand,
  type Origin,
  type ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import type {
  Behaviour,
  CachePolicy,
  Distribution,
  ResponseHeadersPolicy,
  S3Origin,
} from './distribution.ts';

/** A distribution with something that changes who may see what and that the edge does not do. */
class UnsupportedDistributionError extends Error {
  override readonly name = 'UnsupportedDistributionError';
}

/**
 * Reads the distribution and all that it refers to.
 *
 * @throws UnsupportedDistributionError when it has something that the edge would have to leave out
 * @throws CloudFrontServiceException when there is no such distribution
 */
export async function readDistribution(client: CloudFrontClient, id: string): Promise<Distribution> {
  const { Distribution: found } = await client.send(new GetDistributionCommand({ Id: id }));
  const config = found?.DistributionConfig;
  if (!found?.ARN || !found.DomainName || !config?.DefaultCacheBehavior) {
    throw new TypeError(`the AWS API's answer for distribution ${id} has no configuration`);
  }
  const lookUp = createLookUp(client);
  const origins = new Map<string, S3Origin>();
  for (const origin of config.Origins?.Items ?? [])
    origins.set(origin.Id ?? '', await readOrigin(origin, lookUp));
  const listed = (config.CacheBehaviors?.Items ?? []).map(
    (behaviour) => [behaviour.PathPattern ?? '', behaviour] as const,
  );
  const inOrder = [...listed, ['*', config.DefaultCacheBehavior] as const];
  return {
    id,
    arn: found.ARN,
    accountId: found.ARN.split(':')[4] ?? '',
    enabled: config.Enabled ?? false,
    domainName: found.DomainName,
    aliases: config.Aliases?.Items ?? [],
    defaultRootObject: config.DefaultRootObject ?? '',
    geoRestriction: {
      type: config.Restrictions?.GeoRestriction?.RestrictionType ?? 'none',
      countries: config.Restrictions?.GeoRestriction?.Items ?? [],
    },
    behaviours: await Promise.all(
      inOrder.map(([pathPattern, behaviour]) => readBehaviour(pathPattern, behaviour, { origins, lookUp })),
    ),
    errorCachingSeconds: new Map(
      (config.CustomErrorResponses?.Items ?? []).flatMap(({ ErrorCode, ErrorCachingMinTTL }) =>
        ErrorCode !== undefined && ErrorCachingMinTTL !== undefined ? [[ErrorCode, ErrorCachingMinTTL]] : [],
      ),
    ),
  };
}

/** Each id once per reading, however many behaviours name it. */
function createLookUp(client: CloudFrontClient) {
  const once = <T>(read: (id: string) => Promise<T>) => {
    const found = new Map<string, Promise<T>>();
    return (id: string) => {
      const reading = found.get(id) ?? read(id);
      found.set(id, reading);
      return reading;
    };
  };
  const publicKey = once(async (id) => {
    const answer = await client.send(new GetPublicKeyCommand({ Id: id }));
    return answer.PublicKey?.PublicKeyConfig?.EncodedKey ?? '';
  });
  return {
    keyGroup: once(async (id): Promise<(readonly [string, string])[]> => {
      const answer = await client.send(new GetKeyGroupCommand({ Id: id }));
      const keyIds = answer.KeyGroup?.KeyGroupConfig?.Items ?? [];
      return Promise.all(keyIds.map(async (keyId) => [keyId, await publicKey(keyId)] as const));
    }),
    cachePolicy: once(async (id) => {
      const answer = await client.send(new GetCachePolicyCommand({ Id: id }));
      return mapCachePolicy(answer.CachePolicy?.CachePolicyConfig);
    }),
    responseHeadersPolicy: once(async (id) => {
      const answer = await client.send(new GetResponseHeadersPolicyCommand({ Id: id }));
      return mapResponseHeaders(answer.ResponseHeadersPolicy?.ResponseHeadersPolicyConfig);
    }),
    signsRequests: once(async (id) => {
      const answer = await client.send(new GetOriginAccessControlCommand({ Id: id }));
      return answer.OriginAccessControl?.OriginAccessControlConfig?.SigningBehavior !== 'never';
    }),
  };
}

type LookUp = ReturnType<typeof createLookUp>;

async function readOrigin(origin: Origin, lookUp: LookUp): Promise<S3Origin> {
  const bucket = /^(.+?)\.s3[.-](?:[a-z0-9-]+\.)?amazonaws\.com(?:\.cn)?$/.exec(origin.DomainName ?? '')?.[1];
  if (!bucket || origin.CustomOriginConfig) {
    throw new UnsupportedDistributionError(
      `origin "${origin.Id}": wanted an S3 bucket (<bucket>.s3.<region>.amazonaws.com), got ${origin.DomainName}`,
    );
  }
  return {
    bucket,
    path: origin.OriginPath ?? '',
    signsRequests: origin.OriginAccessControlId
      ? await lookUp.signsRequests(origin.OriginAccessControlId)
      : false,
  };
}

async function readBehaviour(
  pathPattern: string,
  behaviour: CacheBehavior | DefaultCacheBehavior,
  { origins, lookUp }: { origins: ReadonlyMap<string, S3Origin>; lookUp: LookUp },
): Promise<Behaviour> {
  refuseWhatIsLeftOut(pathPattern, behaviour);
  const origin = origins.get(behaviour.TargetOriginId ?? '');
  if (!origin) {
    throw new UnsupportedDistributionError(
      `behaviour "${pathPattern}": wanted one of the origins, got "${behaviour.TargetOriginId}" (origin groups are not done)`,
    );
  }
  const isRestricted = behaviour.TrustedKeyGroups?.Enabled ?? false;
  const keyGroups = isRestricted ? (behaviour.TrustedKeyGroups?.Items ?? []) : [];
  const keys = (await Promise.all(keyGroups.map(lookUp.keyGroup))).flat();
  return {
    pathPattern,
    viewerProtocolPolicy: behaviour.ViewerProtocolPolicy ?? 'allow-all',
    allowedMethods: behaviour.AllowedMethods?.Items ?? ['GET', 'HEAD'],
    trustedKeys: isRestricted ? new Map(keys) : null,
    origin,
    caching: behaviour.CachePolicyId ? await lookUp.cachePolicy(behaviour.CachePolicyId) : null,
    responseHeaders: behaviour.ResponseHeadersPolicyId
      ? await lookUp.responseHeadersPolicy(behaviour.ResponseHeadersPolicyId)
      : null,
  };
}

/** What decides over access must be carried out or refused; the README lists what may be left out without harm. */
function refuseWhatIsLeftOut(pathPattern: string, behaviour: CacheBehavior | DefaultCacheBehavior): void {
  const leftOut = [
    behaviour.TrustedSigners?.Enabled && 'trusted signers (use a key group)',
    behaviour.FunctionAssociations?.Items?.length && 'CloudFront functions',
    behaviour.LambdaFunctionAssociations?.Items?.length && 'Lambda@Edge',
  ].filter((name) => typeof name === 'string');
  if (leftOut.length === 0) return;
  throw new UnsupportedDistributionError(
    `behaviour "${pathPattern}": the local edge does not do ${leftOut.join(', ')}`,
  );
}

/** Null when the key holds headers or cookies: two viewers might then get one another's answer. */
function mapCachePolicy(config: CachePolicyConfig | undefined): CachePolicy | null {
  const inKey = config?.ParametersInCacheKeyAndForwardedToOrigin;
  if (
    !config ||
    (inKey &&
      (inKey.CookiesConfig?.CookieBehavior !== 'none' || inKey.HeadersConfig?.HeaderBehavior !== 'none'))
  ) {
    return null;
  }
  return {
    minTtlSeconds: config.MinTTL ?? 0,
    defaultTtlSeconds: config.DefaultTTL ?? 86_400,
    maxTtlSeconds: config.MaxTTL ?? 31_536_000,
    queryStrings: {
      kind: inKey?.QueryStringsConfig?.QueryStringBehavior ?? 'none',
      names: inKey?.QueryStringsConfig?.QueryStrings?.Items ?? [],
    },
  };
}

function mapResponseHeaders(config: ResponseHeadersPolicyConfig | undefined): ResponseHeadersPolicy {
  const cors = config?.CorsConfig;
  return {
    cors: cors
      ? {
          allowOrigins: cors.AccessControlAllowOrigins?.Items ?? [],
          allowCredentials: cors.AccessControlAllowCredentials ?? false,
          exposeHeaders: cors.AccessControlExposeHeaders?.Items ?? [],
        }
      : null,
    headers: [...securityHeaders(config), ...customHeaders(config)],
    removedHeaders: (config?.RemoveHeadersConfig?.Items ?? []).map(({ Header }) =>
      (Header ?? '').toLowerCase(),
    ),
  };
}

function securityHeaders(config: ResponseHeadersPolicyConfig | undefined): ResponseHeadersPolicy['headers'] {
  const security = config?.SecurityHeadersConfig;
  const transport = security?.StrictTransportSecurity;
  const frame = security?.FrameOptions;
  const referrer = security?.ReferrerPolicy;
  const content = security?.ContentSecurityPolicy;
  const xss = security?.XSSProtection;
  const header = (name: string, value: string | undefined, override: boolean | undefined) =>
    value === undefined ? [] : [{ name, value, override: override ?? false }];
  const hsts = transport && [
    `max-age=${transport.AccessControlMaxAgeSec}`,
    ...(transport.IncludeSubdomains ? ['includeSubdomains'] : []),
    ...(transport.Preload ? ['preload'] : []),
  ];
  return [
    ...header('strict-transport-security', hsts?.join('; '), transport?.Override),
    ...header(
      'x-content-type-options',
      security?.ContentTypeOptions && 'nosniff',
      security?.ContentTypeOptions?.Override,
    ),
    ...header('x-frame-options', frame?.FrameOption, frame?.Override),
    ...header('referrer-policy', referrer?.ReferrerPolicy, referrer?.Override),
    ...header('content-security-policy', content?.ContentSecurityPolicy, content?.Override),
    ...header(
      'x-xss-protection',
      xss && [xss.Protection ? '1' : '0', ...(xss.ModeBlock ? ['mode=block'] : [])].join('; '),
      xss?.Override,
    ),
  ];
}

function customHeaders(config: ResponseHeadersPolicyConfig | undefined): ResponseHeadersPolicy['headers'] {
  return (config?.CustomHeadersConfig?.Items ?? []).map(({ Header, Value, Override }) => ({
    name: Header ?? '',
    value: Value ?? '',
    override: Override ?? false,
  }));
}
