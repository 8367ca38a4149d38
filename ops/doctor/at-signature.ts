/** Why the signature does not open this address. Pure: `explain` judges, and judges again what would have been allowed. */
import type { Denied, Verdict } from '@storytime/signer/verify';
import { type Cause, causeMaker } from './causes.ts';
import {
  AFTER_THE_SIGNATURE,
  type Claim,
  hashOf,
  judge,
  keyPairIdOf,
  namesSent,
  shownId,
  signedVia,
  withHash,
  withoutOtherQuery,
  withoutSignedQuery,
} from './claim.ts';
import type { Observation } from './observation.ts';
import type { Subject } from './subject.ts';
import { whoseKey } from './whose-key.ts';

export interface SignatureContext extends Pick<Subject, 'distribution' | 'behaviour' | 'claim'> {
  readonly observation: Observation;
  /** `storytime-dev` */
  readonly prefix: string;
}

/** Null for a request that is allowed. */
export function causeAtSignature(context: SignatureContext, verdict: Verdict): Cause | null {
  if (verdict.allowed) return null;
  const { claim, observation } = context;
  const cause = causeMaker(observation.environment, 'signature');
  if (signedVia(claim) === 'url' && judge(withoutSignedQuery(claim)).allowed) {
    const names = namesSent(claim).join(', ');
    return cause('query-overrides-cookies', `the cookies would open it, and the address has ${names}`);
  }
  switch (verdict.reason) {
    case 'malformed-url':
    case 'unsigned':
      return unsigned(context);
    case 'missing-key-pair-id':
    case 'missing-policy':
    case 'missing-signature':
      return incomplete(context);
    case 'duplicate-name':
      return cause('two-sets', verdict.hint);
    case 'mixed-policies':
      return cause('stale-kind', verdict.hint);
    case 'unknown-key':
    case 'unusable-key':
      return whoseKey(observation, context.behaviour, claim, context.prefix);
    case 'malformed-policy':
      return cause('malformed-policy', verdict.hint);
    case 'malformed-signature':
      return cause('malformed-signature', verdict.hint);
    case 'unsupported-hash-algorithm':
      return cause('wrong-hash', 'the hash algorithm that was named is neither SHA1 nor SHA256');
    case 'signature-mismatch':
      return mismatch(context);
    case 'resource-mismatch':
      return otherResource(context, verdict);
    case 'expired':
    case 'not-yet-valid':
      return outsideWindow(context, verdict);
    case 'ip-mismatch':
      return otherAddress(context, verdict);
  }
}

function unsigned({ observation, claim }: SignatureContext): Cause {
  const cause = causeMaker(observation.environment, 'signature');
  const kept = observation.viewer.keptBack.filter(({ name }) => name.startsWith('CloudFront-'));
  if (kept[0] !== undefined) {
    return cause(
      'cookies-not-sent',
      `a browser would not send ${kept.map(({ name }) => name).join(', ')}: ${kept[0].why}`,
    );
  }
  return cause(
    'unsigned',
    claim.cookies === null
      ? 'the request has neither CloudFront cookies nor a signed query'
      : 'the request has cookies, but no CloudFront cookies; the address has no signed query',
  );
}

function incomplete({ observation, claim }: SignatureContext): Cause {
  const cause = causeMaker(observation.environment, 'signature');
  const sent = namesSent(claim);
  const missing = [
    ...(sent.includes('Key-Pair-Id') ? [] : ['Key-Pair-Id']),
    ...(sent.includes('Signature') ? [] : ['Signature']),
    ...(sent.includes('Policy') || sent.includes('Expires') ? [] : ['Policy']),
  ];
  const kept = observation.viewer.keptBack.find(({ name }) =>
    missing.includes(name.replace('CloudFront-', '')),
  );
  if (signedVia(claim) === 'cookies' && kept !== undefined) {
    return cause('cookies-not-sent', `a browser would not send ${kept.name}: ${kept.why}`);
  }
  const what = missing.length > 0 ? `without ${missing.join(' and ')}` : 'with an empty value';
  return cause('incomplete-set', `the request has ${sent.join(', ')} ${what}`);
}

/** The signature was made for another policy, by another key, or with another hash. */
function mismatch(context: SignatureContext): Cause {
  const { observation, claim, distribution } = context;
  const cause = causeMaker(observation.environment, 'signature');
  const named = hashOf(claim);
  const other = named === 'SHA256' ? 'SHA1' : 'SHA256';
  if (holds(withHash(claim, other))) {
    return cause('wrong-hash', `signed with ${other}, sent as ${named}`);
  }
  if (distribution !== null) {
    for (const host of [distribution.domainName, ...distribution.aliases]) {
      if (host !== claim.url.host && holds({ ...claim, url: { ...claim.url, host } })) {
        return cause('wrong-host', `signed for ${host}, requested from ${claim.url.host}`);
      }
    }
  }
  const protocol = claim.url.protocol === 'https' ? 'http' : 'https';
  if (holds({ ...claim, url: { ...claim.url, protocol } })) {
    return cause('wrong-scheme', `signed for ${protocol}://, requested by ${claim.url.protocol}://`);
  }
  if (holds(withoutOtherQuery(claim))) {
    return cause('url-changed', 'signed for the URL without the query parameters that were added to it');
  }
  for (const path of otherSpellings(claim.url.path)) {
    if (holds({ ...claim, url: { ...claim.url, path } })) {
      return cause(
        'url-changed',
        `signed for ${path}, requested ${claim.url.path}: a different spelling is a different URL`,
      );
    }
  }
  const bare = claim.url.query.replaceAll('%27', "'");
  if (bare !== claim.url.query && holds({ ...claim, url: { ...claim.url, query: bare } })) {
    return cause(
      'url-changed',
      `signed with a bare "'" in the query string, which browsers send as %27; sign it as %27`,
    );
  }
  const owner = whoseKey(observation, context.behaviour, claim, context.prefix);
  if (owner.id !== 'unknown-key') return owner;
  const isCanned = namesSent(claim).includes('Expires');
  return cause(
    'tampered',
    isCanned
      ? `the signature was made for another URL or another Expires (a canned policy allows exactly one URL), or with another key than ${shownId(keyPairIdOf(claim))}`
      : `the policy is not the one that was signed, or it was signed with another key than ${shownId(keyPairIdOf(claim))}`,
  );
}

function otherResource({ observation, claim }: SignatureContext, { policy, hint }: Denied): Cause {
  const cause = causeMaker(observation.environment, 'signature');
  const [, scheme = '', host = ''] = /^(https?|http\*)?(?::\/\/([^/]*))?/.exec(policy?.resource ?? '') ?? [];
  const { protocol } = claim.url;
  if (host !== '' && host.toLowerCase() !== claim.url.host && !/[*?]/.test(host)) {
    return cause('wrong-host', `signed for ${host}, requested from ${claim.url.host}`);
  }
  if (['http', 'https'].includes(scheme) && scheme !== protocol) {
    return cause('wrong-scheme', `signed for ${scheme}://, requested by ${protocol}://`);
  }
  return cause('wrong-path', hint);
}

function outsideWindow({ observation }: SignatureContext, { reason, policy, hint }: Denied): Cause {
  const cause = causeMaker(observation.environment, 'signature');
  const ahead = observation.clockAheadSeconds ?? 0;
  const clock =
    Math.abs(ahead) > 5
      ? `; this machine’s clock is ${Math.abs(ahead)} s ${ahead > 0 ? 'ahead of' : 'behind'} that of AWS`
      : '';
  const at = reason === 'expired' ? policy?.expiresAt : policy?.notBefore;
  return cause(reason === 'expired' ? 'expired' : 'not-yet-valid', `${hint} (${instant(at)})${clock}`);
}

/** Nobody said where the viewer is: then the policy's own words are all there is. */
function otherAddress({ observation, claim }: SignatureContext, { policy }: Denied): Cause {
  const cause = causeMaker(observation.environment, 'signature');
  return claim.ip === null
    ? cause(
        'wrong-ip',
        `signed for ${policy?.ipAddress}; add --ip, the viewer’s IP address, to check it`,
        'likely',
      )
    : cause('wrong-ip', `signed for ${policy?.ipAddress}, requested from ${claim.ip}`);
}

/** Whether the signature itself would be right so, whatever the policy then says. */
function holds(claim: Claim): boolean {
  const verdict = judge(claim);
  return verdict.allowed || AFTER_THE_SIGNATURE.includes(verdict.reason);
}

function otherSpellings(path: string): string[] {
  const spellings = [path.replace(/\/{2,}/g, '/')];
  try {
    spellings.push(decodeURI(path), decodeURIComponent(path), encodeURI(decodeURI(path)));
  } catch {
    // Not UTF-8 under its percents: there is no other spelling.
  }
  return [...new Set(spellings)].filter((spelling) => spelling !== path);
}

function instant(at: Date | undefined): string {
  return at === undefined || Number.isNaN(at.getTime()) ? 'no instant' : `${at.toISOString().slice(0, 19)}Z`;
}
