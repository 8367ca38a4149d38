/** Puts a distribution's configuration and what it refers to by id together in the edge's own terms. Pure. */
import type {
  CachePolicyConfig,
  DistributionConfig,
  Origin,
  OriginAccessControlConfig,
  ResponseHeadersPolicyConfig,
} from '@aws-sdk/client-cloudfront';
import { accountIn } from '../values/arns.ts';
import {
  type AnyBehaviour,
  behavioursOf,
  bucketOf,
  geoRestrictionOf,
  keyGroupIdsOf,
  rulesOf,
} from './configuration.ts';
import type { Behaviour, Distribution, S3Origin } from './distribution.ts';
import { cachePolicyOf, responseHeadersPolicyOf, signsRequests } from './policies.ts';

/** A distribution that uses something which changes who may see what, and which the edge does not support. */
export class UnsupportedDistributionError extends Error {
  override readonly name = 'UnsupportedDistributionError';
}

export interface DistributionParts {
  readonly id: string;
  readonly arn: string;
  readonly domainName: string;
  readonly config: DistributionConfig;
  readonly referred: ReferredParts;
}

/** What a configuration names by id. */
export interface ReferredParts {
  /** Of each key group, its public keys: PEM by key pair id. */
  readonly keyGroups: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly cachePolicies: ReadonlyMap<string, CachePolicyConfig>;
  readonly responseHeadersPolicies: ReadonlyMap<string, ResponseHeadersPolicyConfig>;
  readonly accessControls: ReadonlyMap<string, OriginAccessControlConfig>;
}

/** The ids that a configuration names, each once. */
export function referencesOf(config: DistributionConfig): Readonly<Record<keyof ReferredParts, string[]>> {
  const behaviours = behavioursOf(config).map(([, behaviour]) => behaviour);
  return {
    keyGroups: distinct(behaviours.flatMap((behaviour) => keyGroupIdsOf(behaviour) ?? [])),
    cachePolicies: distinct(behaviours.map(({ CachePolicyId }) => CachePolicyId)),
    responseHeadersPolicies: distinct(
      behaviours.map(({ ResponseHeadersPolicyId }) => ResponseHeadersPolicyId),
    ),
    accessControls: distinct(
      (config.Origins?.Items ?? []).map(({ OriginAccessControlId }) => OriginAccessControlId),
    ),
  };
}

/**
 * The distribution as the edge judges by it.
 *
 * @throws UnsupportedDistributionError when it uses something that the edge does not support
 */
export function assembleDistribution({
  id,
  arn,
  domainName,
  config,
  referred,
}: DistributionParts): Distribution {
  const origins = new Map(
    (config.Origins?.Items ?? []).map((origin) => [origin.Id ?? '', originOf(origin, referred)]),
  );
  return {
    id,
    arn,
    accountId: accountIn(arn),
    enabled: config.Enabled ?? false,
    domainName,
    aliases: config.Aliases?.Items ?? [],
    defaultRootObject: config.DefaultRootObject ?? '',
    geoRestriction: geoRestrictionOf(config),
    behaviours: behavioursOf(config).map(([pathPattern, behaviour]) =>
      behaviourOf(pathPattern, behaviour, { origins, referred }),
    ),
    errorCachingSeconds: new Map(
      (config.CustomErrorResponses?.Items ?? []).flatMap(({ ErrorCode, ErrorCachingMinTTL }) =>
        ErrorCode !== undefined && ErrorCachingMinTTL !== undefined ? [[ErrorCode, ErrorCachingMinTTL]] : [],
      ),
    ),
  };
}

function originOf(origin: Origin, { accessControls }: ReferredParts): S3Origin {
  const bucket = bucketOf(origin);
  if (bucket === null || origin.CustomOriginConfig) {
    throw new UnsupportedDistributionError(
      `origin "${origin.Id}": expected an S3 bucket (<bucket>.s3.<region>.amazonaws.com), got ${origin.DomainName}`,
    );
  }
  const where = `origin "${origin.Id}"`;
  const accessControl = referredTo(accessControls, origin.OriginAccessControlId, where);
  return {
    bucket,
    path: origin.OriginPath ?? '',
    signsRequests: signsRequests(accessControl),
  };
}

function behaviourOf(
  pathPattern: string,
  behaviour: AnyBehaviour,
  { origins, referred }: { origins: ReadonlyMap<string, S3Origin>; referred: ReferredParts },
): Behaviour {
  refuseWhatIsLeftOut(pathPattern, behaviour);
  const origin = origins.get(behaviour.TargetOriginId ?? '');
  if (!origin) {
    throw new UnsupportedDistributionError(
      `behaviour "${pathPattern}": expected one of the origins, got "${behaviour.TargetOriginId}" (origin groups are not supported)`,
    );
  }
  const where = `behaviour "${pathPattern}"`;
  const cachePolicy = referredTo(referred.cachePolicies, behaviour.CachePolicyId, where);
  const responseHeaders = referredTo(
    referred.responseHeadersPolicies,
    behaviour.ResponseHeadersPolicyId,
    where,
  );
  const keyGroupIds = keyGroupIdsOf(behaviour);
  const keys = keyGroupIds?.flatMap((id) => [...(referredTo(referred.keyGroups, id, where) ?? [])]);
  return {
    ...rulesOf(pathPattern, behaviour),
    trustedKeys: keys === undefined ? null : new Map(keys),
    origin,
    caching: cachePolicy ? cachePolicyOf(cachePolicy) : null,
    compress: behaviour.Compress ?? false,
    responseHeaders: responseHeaders ? responseHeadersPolicyOf(responseHeaders) : null,
  };
}

/** What decides over access must be implemented or refused; the README lists what may be omitted without harm. */
function refuseWhatIsLeftOut(pathPattern: string, behaviour: AnyBehaviour): void {
  const leftOut = [
    behaviour.TrustedSigners?.Enabled && 'trusted signers (use a key group)',
    behaviour.FunctionAssociations?.Items?.length && 'CloudFront functions',
    behaviour.LambdaFunctionAssociations?.Items?.length && 'Lambda@Edge',
  ].filter((name) => typeof name === 'string');
  if (leftOut.length === 0) return;
  throw new UnsupportedDistributionError(
    `behaviour "${pathPattern}": the local edge does not support ${leftOut.join(', ')}`,
  );
}

/** Omitting something that cannot be found would silently open or change something. */
function referredTo<T>(found: ReadonlyMap<string, T>, id: string | undefined, where: string): T | undefined {
  if (id === undefined || id === '') return undefined;
  const one = found.get(id);
  if (one !== undefined) return one;
  throw new UnsupportedDistributionError(
    `${where} names ${id}, which does not exist (AWS managed policies are not supported; write your own)`,
  );
}

function distinct(ids: readonly (string | undefined)[]): string[] {
  return [...new Set(ids)].filter((id): id is string => id !== undefined && id !== '');
}
