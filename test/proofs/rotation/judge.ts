/**
 * What every answer should have been, worked out afterwards from what was sent. It shares no code with the signer and
 * none with the edge: Node's `verify`, and the rules as the Developer Guide has them.
 */
import { verify } from 'node:crypto';
import type { Credential, Sent } from './messages.ts';

/** What the key group trusted, from one moment on. */
export interface TrustChange {
  /** Before `after` it was certainly not so, from `until` on certainly: milliseconds since 1970. */
  readonly after: number;
  readonly until: number;
  readonly keyPairIds: ReadonlySet<string>;
}

export interface Evidence {
  /** The name that viewers are judged by. */
  readonly domain: string;
  /** In order. */
  readonly trust: readonly TrustChange[];
  /** Every public key that CloudFront had at any time: PEM by id. */
  readonly publicKeys: ReadonlyMap<string, string>;
  /** When a key was given up as leaked: from then on nothing is owed to what it signed. */
  readonly revokedAt: ReadonlyMap<string, number>;
}

/** `either`: the answer fell into the very moment of a change, or of an end. */
export type Expected = 'allow' | 'deny' | 'either';

export interface Judged {
  readonly expected: Expected;
  /** Null where nothing names a key. */
  readonly keyPairId: string | null;
  /** The first moment at which its policy allows nobody. */
  readonly endsAt: number;
  /** The codes that a denial may carry; none where it is not to be denied. */
  readonly codes: readonly string[];
  /** What the expectation follows from. */
  readonly because:
    | 'in-its-time'
    | 'owed'
    | 'unsigned'
    | 'not-genuine'
    | 'elsewhere'
    | 'ended'
    | 'untrusted'
    | 'at-the-moment';
}

/** A credential as read: everything about it that does not depend on when it is used, or for what. */
interface Claim {
  readonly keyPairId: string;
  readonly resource: RegExp | null;
  /** Null when its policy is bound to the path that it is sent for. */
  readonly canned: { readonly signature: Buffer } | null;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly isGenuine: boolean;
}

/** Whether the SDK signed it for somebody who may watch. */
export function isViewers({ made }: Credential): boolean {
  return made === 'signer' || made === 'returning';
}

export function createJudge({ domain, trust, publicKeys, revokedAt }: Evidence) {
  const claims = new Map<number, Claim | null>();
  const genuine = new Map<string, boolean>();

  function claimOf(credential: Credential): Claim | null {
    const known = claims.get(credential.id);
    if (known !== undefined) return known;
    const claim = readClaim(credential);
    claims.set(credential.id, claim);
    return claim;
  }

  function readClaim({ via, text }: Credential): Claim | null {
    const fields = new Map(
      text.split(via === 'cookies' ? '; ' : '&').map((pair) => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at).replace(/^CloudFront-/, ''), pair.slice(at + 1)] as const;
      }),
    );
    const keyPairId = fields.get('Key-Pair-Id');
    const signature = fields.get('Signature');
    if (keyPairId === undefined || signature === undefined) return null;
    const policy = fields.get('Policy');
    if (policy === undefined) {
      const endsAt = Number(fields.get('Expires')) * 1000;
      const canned = { signature: bytes(signature) };
      return { keyPairId, resource: null, canned, startsAt: 0, endsAt, isGenuine: true };
    }
    const { Resource, Condition } = JSON.parse(bytes(policy).toString()).Statement[0];
    return {
      keyPairId,
      resource: wildcard(Resource),
      canned: null,
      // Both ends are excluded, in whole seconds.
      startsAt: ((Condition.DateGreaterThan?.['AWS:EpochTime'] ?? -1) + 1) * 1000,
      endsAt: Condition.DateLessThan['AWS:EpochTime'] * 1000,
      isGenuine: isSigned(keyPairId, bytes(policy), bytes(signature)),
    };
  }

  function isSigned(keyPairId: string, text: Buffer, signature: Buffer): boolean {
    const publicKey = publicKeys.get(keyPairId);
    return publicKey !== undefined && verify('sha1', text, publicKey, signature);
  }

  /** A canned policy is never sent: it is what CloudFront makes of the URL. */
  function isCannedGenuine({ id }: Credential, claim: Claim, url: string): boolean {
    if (claim.canned === null) return claim.isGenuine;
    const once = `${id} ${url}`;
    const known = genuine.get(once);
    if (known !== undefined) return known;
    const text = `{"Statement":[{"Resource":"${url}","Condition":{"DateLessThan":{"AWS:EpochTime":${claim.endsAt / 1000}}}}]}`;
    const answer = isSigned(claim.keyPairId, Buffer.from(text), claim.canned.signature);
    genuine.set(once, answer);
    return answer;
  }

  /** Whether a key was trusted in a span of time: `both` when that changed in it, or may have. */
  function trusted(keyPairId: string, from: number, to: number): 'yes' | 'no' | 'both' {
    const possible = trust.filter(({ after }, index) => {
      const next = trust[index + 1];
      return after <= to && (next === undefined || next.until > from);
    });
    const answers = new Set(possible.map(({ keyPairIds }) => keyPairIds.has(keyPairId)));
    if (answers.size > 1) return 'both';
    return answers.has(true) ? 'yes' : 'no';
  }

  return (credential: Credential, path: string, [, , sentAt, answeredAt]: Sent): Judged => {
    const claim = claimOf(credential);
    if (claim === null)
      return { expected: 'deny', keyPairId: null, endsAt: 0, codes: ['MissingKey'], because: 'unsigned' };
    const { keyPairId, resource, startsAt, endsAt } = claim;
    const url = `https://${domain}${path}`;
    const isTrusted = trusted(keyPairId, sentAt, answeredAt);
    // The key is looked up before anything else is read.
    const codes = { yes: ['AccessDenied'], no: ['InvalidKey'], both: ['AccessDenied', 'InvalidKey'] }[
      isTrusted
    ];
    const denied = (because: Judged['because']): Judged => ({
      expected: 'deny',
      keyPairId,
      endsAt,
      codes,
      because,
    });
    if (!isCannedGenuine(credential, claim, url)) return denied('not-genuine');
    if (resource !== null && !resource.test(url)) return denied('elsewhere');
    if (sentAt >= endsAt || answeredAt < startsAt) return denied('ended');
    if (answeredAt >= endsAt || sentAt < startsAt) {
      return {
        expected: isTrusted === 'no' ? 'deny' : 'either',
        keyPairId,
        endsAt,
        codes,
        because: 'at-the-moment',
      };
    }
    // What the SDK signed for a viewer holds to its end, whatever happens to keys: only a leak ends it early.
    if (isViewers(credential) && answeredAt < (revokedAt.get(keyPairId) ?? Infinity)) {
      return { expected: 'allow', keyPairId, endsAt, codes: [], because: 'owed' };
    }
    if (isTrusted === 'no') return denied('untrusted');
    if (isTrusted === 'both')
      return { expected: 'either', keyPairId, endsAt, codes, because: 'at-the-moment' };
    return { expected: 'allow', keyPairId, endsAt, codes: [], because: 'in-its-time' };
  };
}

function bytes(text: string): Buffer {
  return Buffer.from(text.replaceAll('-', '+').replaceAll('_', '=').replaceAll('~', '/'), 'base64');
}

function wildcard(resource: string): RegExp {
  const pattern = resource
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${pattern}$`);
}
