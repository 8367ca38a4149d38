/**
 * CORS by the bucket's own configuration: moto echoes any origin.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html
 */

import type { IncomingMessage } from 'node:http';
import { matchesWildcard } from '../../../aws/iam/wildcard.ts';
import { AwsError } from '../aws-error.ts';
import { childrenOf, parseXml, textOf, textsOf } from '../xml.ts';

interface CorsRule {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: string;
}

export interface CorsRequest {
  readonly origin: string;
  readonly method: string;
  /** In lower case. */
  readonly headers: readonly string[];
}

/** Rules of a stored `CORSConfiguration`, in order. */
export function parseCorsRules(xml: string): readonly CorsRule[] {
  return childrenOf(parseXml(xml), 'CORSConfiguration', 'CORSRule').map((rule) => ({
    origins: textsOf(rule, 'AllowedOrigin'),
    methods: textsOf(rule, 'AllowedMethod'),
    headers: textsOf(rule, 'AllowedHeader'),
    exposeHeaders: textsOf(rule, 'ExposeHeader'),
    maxAgeSeconds: textOf(rule, 'MaxAgeSeconds'),
  }));
}

/**
 * Headers that let the browser's page read the answer.
 *
 * @throws AwsError 403 AccessForbidden in S3's words when no rule allows the request
 */
export function requireCorsHeaders(
  rules: readonly CorsRule[],
  request: CorsRequest,
): Readonly<Record<string, string>> {
  const rule = rules.find((each) => matchesRule(each, request));
  if (rule === undefined) throw forbidden(rules);
  const anyOrigin = rule.origins.includes('*');
  return {
    'access-control-allow-origin': anyOrigin ? '*' : request.origin,
    ...(anyOrigin ? {} : { 'access-control-allow-credentials': 'true' }),
    'access-control-allow-methods': rule.methods.join(', '),
    ...(request.headers.length > 0 ? { 'access-control-allow-headers': request.headers.join(', ') } : {}),
    ...(rule.exposeHeaders.length > 0
      ? { 'access-control-expose-headers': rule.exposeHeaders.join(', ') }
      : {}),
    ...(rule.maxAgeSeconds !== '' ? { 'access-control-max-age': rule.maxAgeSeconds } : {}),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}

function forbidden(rules: readonly CorsRule[]): AwsError {
  const reason =
    rules.length === 0
      ? 'CORS is not enabled for this bucket.'
      : "This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
  return new AwsError(403, 'AccessForbidden', `CORSResponse: ${reason}`);
}

function matchesRule(rule: CorsRule, request: CorsRequest): boolean {
  return (
    rule.origins.some((origin) => matchesWildcard(origin, request.origin)) &&
    rule.methods.includes(request.method) &&
    request.headers.every((name) =>
      rule.headers.some((allowed) => matchesWildcard(allowed.toLowerCase(), name)),
    )
  );
}

/** What a browser asks on behalf of a page from elsewhere; null for any other client. */
export function corsRequestOf(incoming: IncomingMessage): CorsRequest | null {
  const { origin } = incoming.headers;
  if (origin === undefined) return null;
  const isPreflight = incoming.method === 'OPTIONS';
  const requestedHeaders = incoming.headers['access-control-request-headers'] ?? '';
  return {
    origin,
    method: (isPreflight ? incoming.headers['access-control-request-method'] : incoming.method) ?? '',
    headers: isPreflight
      ? requestedHeaders.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim().toLowerCase()]))
      : [],
  };
}
