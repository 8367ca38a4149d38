/** From a resource and what was asked for to the values that travel. */

import { assertOneOf, wrongType } from './arguments.ts';
import { SignerError } from './errors.ts';
import { hashOf, type KeySource } from './keys/key-source.ts';
import { encodeBase64 } from './policy/encode-base64.ts';
import { type PolicyStatement, policyText } from './policy/policy-text.ts';
import type { Resource } from './policy/resource.ts';
import { resolveSourceIp } from './policy/source-ip.ts';
import { resolveTimeWindow, type TimeWindow } from './policy/time-window.ts';
import type { SignOptions } from './signer.ts';
import type { WireField } from './wire.ts';

/** What a signer needs for every signature. */
export interface MintSettings {
  readonly key: KeySource;
  readonly defaultExpiresIn: number;
  readonly maxExpiresIn: number;
  readonly now: () => Date;
}

export interface Minted {
  /** Wire fields in the order they are written. */
  readonly fields: readonly (readonly [WireField, string])[];
  readonly window: TimeWindow;
}

export async function mint(
  resource: Resource,
  options: SignOptions,
  settings: MintSettings,
): Promise<Minted> {
  const nowSeconds = readClock(settings.now);
  const window = resolveTimeWindow(options, { ...settings, nowSeconds });
  const canned = isCanned(resource, options);
  const text = policyText(toStatement(resource, window, options));
  const key = await settings.key.get();

  const bytes = Buffer.from(text);
  const fields: [WireField, string][] = [
    canned ? ['expires', String(window.dateLessThan)] : ['policy', encodeBase64(bytes)],
    ['signature', encodeBase64(await key.sign(bytes))],
    ['keyPairId', key.keyPairId],
  ];
  // Left out for SHA-1, which CloudFront assumes.
  if (hashOf(key.algorithm) === 'SHA256') fields.push(['hashAlgorithm', 'SHA256']);
  return { fields, window };
}

function readClock(now: () => Date): number {
  const seconds = Math.floor(now().getTime() / 1000);
  // An invalid time would pass every comparison with a limit.
  if (!Number.isSafeInteger(seconds)) throw wrongType('"now"', 'a function that gives a valid Date', now);
  return seconds;
}

function isCanned(resource: Resource, { policy = 'custom', startsAt, ipAddress }: SignOptions): boolean {
  assertOneOf('policy', policy, ['custom', 'canned']);
  if (policy === 'custom') return false;
  if (startsAt !== undefined || ipAddress !== undefined) {
    throw new SignerError(
      'ERR_CANNED_CONDITION',
      'a canned policy has no "startsAt" and no "ipAddress"; use a custom policy',
    );
  }
  if (resource.isDirectory) {
    throw new SignerError(
      'ERR_CANNED_WILDCARD',
      'a canned policy over "/*" never matches; use a custom policy',
    );
  }
  return true;
}

function toStatement(resource: Resource, window: TimeWindow, { ipAddress }: SignOptions): PolicyStatement {
  const { dateLessThan, dateGreaterThan } = window;
  return {
    resource: resource.url,
    dateLessThan,
    ...(dateGreaterThan === undefined ? {} : { dateGreaterThan }),
    ...(ipAddress === undefined ? {} : { sourceIp: resolveSourceIp(ipAddress) }),
  };
}
