/** Asks CloudFront itself whether it accepts what a key signs. One GET; no object is needed. */
import { randomUUID } from 'node:crypto';
import { createSigner, staticKey } from '@storytime/signer';
import { kmsKey } from '@storytime/signer/kms';
import type { KeysAccount } from './account.ts';

export type ProbeKey =
  | { readonly kind: 'key'; readonly keyPairId: string; readonly privateKey: string }
  | { readonly kind: 'kms'; readonly keyPairId: string; readonly kmsKeyArn: string };

export interface ProbeOptions {
  /** The alias, or the distribution's own name. */
  readonly domain: string;
  /** Folder of titles, whose behaviours a viewer meets. */
  readonly pathPrefix: string;
  /** Where the request goes instead of to `https://<domain>`. @default - null: to CloudFront */
  readonly edgeUrl: string | null;
  readonly key: ProbeKey;
  readonly kms: KeysAccount['kms'];
  readonly signal: AbortSignal;
}

/**
 * `accepted`: the signature was judged and passed. `denied`: with CloudFront's code. `inconclusive`: nothing that answered
 * has judged it.
 */
export type ProbeResult =
  | { readonly verdict: 'accepted'; readonly status: number }
  | { readonly verdict: 'denied'; readonly code: string }
  | { readonly verdict: 'inconclusive'; readonly why: string };

const DENIAL_CODES = ['MissingKey', 'InvalidKey', 'MalformedPolicy', 'MalformedSignature', 'AccessDenied'];
const TIMEOUT_MS = 10_000;

/**
 * Signs a URL of an object that is not there and looks at the answer. The URL itself is never shown.
 *
 * Anything but CloudFront's own denial means that the signature passed, an S3 404 as well as an S3 403, which carries
 * S3's RequestId. A page of CloudFront's (geo restriction, WAF, throttling) or a redirect comes before signatures are
 * looked at and proves nothing.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html
 */
export async function probe({
  domain,
  pathPrefix,
  edgeUrl,
  key,
  kms,
  signal,
}: ProbeOptions): Promise<ProbeResult> {
  const { keyPairId } = key;
  const signer = createSigner({
    domain,
    key:
      key.kind === 'key'
        ? staticKey({ keyPairId, privateKey: key.privateKey })
        : kmsKey({ keyId: key.kmsKeyArn, keyPairId, client: kms }),
  });
  const path = `/${pathPrefix}/key-probe-${randomUUID()}/index.m3u8`;
  const { url } = await signer.signUrl(path, { expiresIn: 60 });
  const { pathname, search } = new URL(url);
  const address = edgeUrl === null ? url : `${edgeUrl}${pathname}${search}`;
  try {
    const answer = await fetch(address, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    return judgeAnswer(answer.status, answer.headers.get('content-type') ?? '', await answer.text());
  } catch (error) {
    if (signal.aborted) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'no answer';
    return { verdict: 'inconclusive', why: `${edgeUrl ?? `https://${domain}`} did not answer (${why})` };
  }
}

/** Pure: what an answer says about the signature. */
export function judgeAnswer(status: number, contentType: string, body: string): ProbeResult {
  if (status === 403) {
    const code = /<Code>([A-Za-z]+)<\/Code>/.exec(body)?.[1];
    if (code === undefined)
      return { verdict: 'inconclusive', why: '403 without a code: geo restriction or WAF' };
    const isOfS3 = /<(RequestId|HostId)>/.test(body);
    if (!isOfS3 && DENIAL_CODES.includes(code)) return { verdict: 'denied', code };
    return isOfS3 ? { verdict: 'accepted', status } : { verdict: 'inconclusive', why: `403 ${code}` };
  }
  const isPage = status >= 400 && /text\/html/i.test(contentType);
  if (status >= 500 || (status >= 300 && status !== 304 && status < 400) || isPage) {
    return { verdict: 'inconclusive', why: `${status} before or beside the signature` };
  }
  return { verdict: 'accepted', status };
}
