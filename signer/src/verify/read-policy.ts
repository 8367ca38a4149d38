/** A custom policy's JSON, read as strictly as CloudFront documents it. */

import { parseCidr } from './cidr.ts';
import type { DecodedPolicy } from './verdict.ts';

/** A policy, or what is wrong with its text in plain words. */
export type PolicyReading = { readonly policy: DecodedPolicy } | PolicyFault;

interface PolicyFault {
  readonly fault: string;
}

/** By its own property, as `isDenied`. */
export function isFault(reading: PolicyReading): reading is PolicyFault {
  return Object.hasOwn(reading, 'fault');
}

/** Ten digits reach the year 2286; more are milliseconds, which CloudFront calls a malformed policy. */
const EPOCH_SECONDS = /^\d{1,10}$/;
const MAX_EPOCH_SECONDS = 9_999_999_999;

/** A byte order mark is no JSON (RFC 8259, section 8.1). */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A string of JSON, and the colon behind one that is a name. */
const JSON_STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/gs;

/**
 * The spelling that AWS's signers and most others give a policy with an expiry alone. What it matches means
 * the same as JSON (no escape, no control character, no leading zero), and is read in a quarter of the time.
 */
const USUAL_SPELLING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it keeps out
  /^\{"Statement":\[\{"Resource":"([^"\\\u0000-\u001f]+)","Condition":\{"DateLessThan":\{"AWS:EpochTime":(0|[1-9]\d{0,9})\}\}\}\]\}$/;

/**
 * One thing is stricter than CloudFront: a policy without `Resource`, which CloudFront takes as "every file
 * of every distribution that trusts the key", is refused.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */
export function readCustomPolicy(bytes: Uint8Array): PolicyReading {
  let json: unknown;
  let text: string;
  try {
    text = UTF8.decode(bytes);
    const [, resource, epoch] = USUAL_SPELLING.exec(text) ?? [];
    if (resource && epoch) {
      return { policy: { kind: 'custom', resource, expiresAt: new Date(Number(epoch) * 1000) } };
    }
    json = JSON.parse(text);
  } catch {
    return { fault: 'the policy is not JSON in UTF-8' };
  }
  const root = only(json, ['Statement']);
  if (!root) return { fault: 'the policy must hold "Statement" and nothing else' };
  if (!Array.isArray(root.Statement) || root.Statement.length !== 1) {
    return { fault: 'the policy must have exactly one statement' };
  }
  const statement = only(root.Statement[0], ['Resource', 'Condition']);
  if (!statement) return { fault: 'the statement must hold "Resource" and "Condition" and nothing else' };
  if (typeof statement.Resource !== 'string' || statement.Resource === '') {
    return {
      fault: 'the statement has no "Resource": it would open every distribution that trusts this key',
    };
  }
  const condition = only(statement.Condition, ['DateLessThan', 'DateGreaterThan', 'IpAddress']);
  if (!condition) return { fault: 'the statement\'s "Condition" is missing or holds an unknown condition' };

  const expiresAt = readEpoch(condition.DateLessThan);
  if (!expiresAt) return { fault: 'the policy needs "DateLessThan" with "AWS:EpochTime" in whole seconds' };
  let policy: DecodedPolicy = { kind: 'custom', resource: statement.Resource, expiresAt };
  if (condition.DateGreaterThan !== undefined) {
    const notBefore = readEpoch(condition.DateGreaterThan);
    if (!notBefore) return { fault: '"DateGreaterThan" needs "AWS:EpochTime" in whole seconds' };
    policy = { ...policy, notBefore };
  }
  if (condition.IpAddress !== undefined) {
    const ipAddress = only(condition.IpAddress, ['AWS:SourceIp'])?.['AWS:SourceIp'];
    if (typeof ipAddress !== 'string' || !parseCidr(ipAddress)) {
      return { fault: '"IpAddress" needs "AWS:SourceIp" with one IPv4 address or CIDR block' };
    }
    policy = { ...policy, ipAddress };
  }
  const ambiguity = whatIsAmbiguous(text, json);
  return ambiguity === null ? { policy } : { fault: ambiguity };
}

/**
 * What `JSON.parse` takes and another parser may read otherwise. Which of two names counts, AWS does not say.
 *
 * @param text JSON
 * @param json what it was parsed to
 */
function whatIsAmbiguous(text: string, json: unknown): string | null {
  let names = 0;
  const outside = text.replace(JSON_STRING, (_, colon: string | undefined) => {
    if (colon !== undefined) names++;
    return '';
  });
  if (names !== countNames(json)) return 'the policy holds a name more than once';
  return /[^\d\s[\]{},]/.test(outside) ? 'the times of the policy must be in digits' : null;
}

function countNames(json: unknown): number {
  if (typeof json !== 'object' || json === null) return 0;
  const inner = Object.values(json).reduce<number>((count, value) => count + countNames(value), 0);
  return Array.isArray(json) ? inner : inner + Object.keys(json).length;
}

/** The policy that a canned signature implies: the exact URL, until `expires`. */
export function readCannedPolicy(resource: string, expires: string): PolicyReading {
  if (!EPOCH_SECONDS.test(expires)) {
    return /^\d{11,}$/.test(expires)
      ? { fault: 'Expires must be in whole seconds; this looks like milliseconds' }
      : { fault: 'Expires must be a time in whole seconds' };
  }
  return { policy: { kind: 'canned', resource, expiresAt: new Date(Number(expires) * 1000) } };
}

function readEpoch(clause: unknown): Date | null {
  const epoch = only(clause, ['AWS:EpochTime'])?.['AWS:EpochTime'];
  // Negative zero passes, as its text does: `0`.
  const isWholeSeconds =
    typeof epoch === 'number' && Number.isInteger(epoch) && epoch >= 0 && epoch <= MAX_EPOCH_SECONDS;
  return isWholeSeconds ? new Date(epoch * 1000) : null;
}

/** The object, if it is one and has no other keys. */
function only<Key extends string>(
  value: unknown,
  keys: readonly Key[],
): Partial<Record<Key, unknown>> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  for (const key of Object.keys(value)) if (!(keys as readonly string[]).includes(key)) return null;
  return value as Partial<Record<Key, unknown>>;
}
