/**
 * The oracle: what CloudFront answers, as a table of rules from AWS's pages. It shares no code with the edge or the signer's
 * verify; signatures are checked by openssl beforehand.
 */
import { bitsOf, networkBits } from './addresses.ts';
import { type Facts, firstOf } from './facts.ts';
import { checkId } from './openssl.ts';
import { coversUrl } from './patterns.ts';
import type { SignatureCheck } from './world.ts';

const GUIDE = 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide';
const KNOWLEDGE = 'https://repost.aws/knowledge-center/cloudfront-troubleshoot-signed-url-cookies';

export type Code = 'MissingKey' | 'InvalidKey' | 'MalformedPolicy' | 'MalformedSignature' | 'AccessDenied';

/**
 * Denied for a signature: pages give no order among its faults, so any of the codes may be the answer, one for each rule
 * that is broken. `silent`: no page says what happens.
 */
export type Verdict =
  | { readonly kind: 'allowed'; readonly via: 'open' | 'url' | 'cookies' }
  | { readonly kind: 'bad-host' | 'geo' | 'redirect' | 'https-only' | 'method' }
  | { readonly kind: 'denied'; readonly broken: readonly string[]; readonly codes: readonly Code[] }
  | { readonly kind: 'silent' };

const stages: readonly {
  readonly kind: Exclude<Verdict['kind'], 'allowed' | 'denied' | 'silent'>;
  readonly page: string;
  readonly stops: (facts: Facts) => boolean;
}[] = [
  {
    kind: 'bad-host',
    page: `${GUIDE}/CNAMEs.html`,
    stops: ({ world, request }) =>
      ![world.domainName, ...world.aliases].some((name) =>
        name.startsWith('*') ? request.host.endsWith(name.slice(1)) : request.host === name,
      ),
  },
  {
    kind: 'geo',
    page: `${GUIDE}/georestrictions.html`,
    stops: ({ world: { geo }, request: { country } }) =>
      country !== undefined &&
      ((geo.type === 'whitelist' && !geo.countries.includes(country)) ||
        (geo.type === 'blacklist' && geo.countries.includes(country))),
  },
  {
    kind: 'redirect',
    page: `${GUIDE}/using-https-viewers-to-cloudfront.html`,
    stops: ({ behaviour, request }) =>
      request.protocol === 'http' && behaviour.viewerProtocolPolicy === 'redirect-to-https',
  },
  {
    kind: 'https-only',
    page: `${GUIDE}/using-https-viewers-to-cloudfront.html`,
    stops: ({ behaviour, request }) =>
      request.protocol === 'http' && behaviour.viewerProtocolPolicy === 'https-only',
  },
  {
    kind: 'method',
    page: `${GUIDE}/DownloadDistValuesCacheBehavior.html#DownloadDistValuesAllowedHTTPMethods`,
    stops: ({ behaviour, request }) => !behaviour.allowedMethods.includes(request.method),
  },
];

const signatureRules: readonly {
  readonly name: string;
  readonly code: Code;
  readonly page: string;
  readonly isBroken: (facts: Facts, isSigned: (check: SignatureCheck) => boolean) => boolean;
}[] = [
  {
    name: 'a key pair id',
    code: 'MissingKey',
    page: KNOWLEDGE,
    isBroken: ({ fields }) => firstOf(fields['Key-Pair-Id']) === '',
  },
  {
    name: 'a trusted key',
    code: 'InvalidKey',
    page: KNOWLEDGE,
    isBroken: ({ fields, behaviour }) =>
      firstOf(fields['Key-Pair-Id']) !== '' &&
      !behaviour.keyPairIds?.includes(firstOf(fields['Key-Pair-Id'])),
  },
  {
    name: 'a policy',
    code: 'MalformedPolicy',
    page: `${GUIDE}/private-content-creating-signed-url-custom-policy.html`,
    isBroken: ({ policy }) => policy === null,
  },
  {
    name: 'a signature',
    code: 'MalformedSignature',
    page: KNOWLEDGE,
    isBroken: ({ signature }) => signature === null,
  },
  {
    name: 'a hash algorithm',
    code: 'AccessDenied',
    page: `${GUIDE}/private-content-creating-signed-url-custom-policy.html`,
    isBroken: ({ fields }) => hashOf(fields) === null,
  },
  {
    name: 'a signature of this policy',
    code: 'AccessDenied',
    page: `${GUIDE}/private-content-signed-urls.html`,
    isBroken: (facts, isSigned) => {
      const check = checkOf(facts);
      return check !== null && !isSigned(check);
    },
  },
  {
    name: 'the resource',
    code: 'AccessDenied',
    page: `${GUIDE}/private-content-creating-signed-url-custom-policy.html`,
    isBroken: ({ policy, url }) => policy?.resource != null && !coversUrl(policy.resource, url),
  },
  {
    name: 'before DateLessThan',
    code: 'AccessDenied',
    page: `${GUIDE}/private-content-signed-urls.html#private-content-check-expiration`,
    isBroken: ({ policy, request }) => policy !== null && request.nowSeconds >= policy.lessThan,
  },
  {
    name: 'after DateGreaterThan',
    code: 'AccessDenied',
    page: `${GUIDE}/private-content-creating-signed-url-custom-policy.html`,
    isBroken: ({ policy, request }) =>
      policy?.greaterThan !== undefined && request.nowSeconds <= policy.greaterThan,
  },
  {
    name: 'the source address',
    code: 'AccessDenied',
    page: `${GUIDE}/private-content-creating-signed-url-custom-policy.html`,
    isBroken: ({ policy, request }) =>
      policy?.sourceIp !== undefined &&
      !bitsOf(request.ip)?.startsWith(networkBits(policy.sourceIp) ?? 'none'),
  },
];

/** The first stage that stops the request, or the rules of the signature that it breaks. */
export function verdictOf(facts: Facts, isSigned: (check: SignatureCheck) => boolean): Verdict {
  const stage = stages.find(({ stops }) => stops(facts));
  if (stage) return { kind: stage.kind };
  if (facts.behaviour.keyPairIds === null) return { kind: 'allowed', via: 'open' };
  if (facts.isSilent) return { kind: 'silent' };
  const broken = signatureRules.filter(({ isBroken }) => isBroken(facts, isSigned));
  if (broken.length === 0 && facts.via !== null) return { kind: 'allowed', via: facts.via };
  return {
    kind: 'denied',
    broken: broken.map(({ name }) => name),
    codes: broken.map(({ code }) => code),
  };
}

/** Looks a check's answer up. */
export const signedBy = (good: ReadonlySet<string>) => (check: SignatureCheck) => good.has(checkId(check));

/** What openssl has to say of a request, if it comes that far. */
export function checkOf({ fields, behaviour, signedText, signature }: Facts): SignatureCheck | null {
  const keyPairId = firstOf(fields['Key-Pair-Id']);
  const hash = hashOf(fields);
  if (!signedText || !signature || !hash || !behaviour.keyPairIds?.includes(keyPairId)) return null;
  return { keyPairId, hash, signedText, signature };
}

function hashOf(fields: Facts['fields']): 'SHA1' | 'SHA256' | null {
  const said = fields['Hash-Algorithm'][0] ?? 'SHA1';
  return said === 'SHA1' || said === 'SHA256' ? said : null;
}
