/**
 * A signer that nobody asks for a whole rotation: what it signs first afterwards has to be by the new key, since the old
 * one has been taken out meanwhile. Pure.
 */
import type { TrustChange } from './judge.ts';
import type { Credential } from './messages.ts';

/** From `at` on this key is the secret's current one. */
export interface ActiveKey {
  readonly generation: string;
  readonly keyPairId: string;
  readonly at: number;
}

interface Asked {
  readonly credentials: readonly Credential[];
  readonly activeKeys: readonly ActiveKey[];
  readonly trust: readonly TrustChange[];
}

/** The first that an idle signer signed again. */
export interface Return {
  /** Generation that it signed with. */
  readonly by: string;
  /** Generation that was current then. */
  readonly current: string;
  /** Since it had signed before; null for its first at all. */
  readonly idleSeconds: number | null;
  /** Whether what it had signed with before was trusted still. */
  readonly isOldTrusted: boolean;
}

export function returnsOf({ credentials, activeKeys, trust }: Asked): Return[] {
  const firsts = credentials.filter(({ made }) => made === 'returning');
  const keyOf = ({ text }: Credential) => activeKeys.find(({ keyPairId }) => text.includes(keyPairId));
  return firsts.map((credential, index) => {
    const before = firsts[index - 1];
    const current = activeKeys.filter(({ at }) => at <= credential.askedAt).at(-1);
    const trusted = trust.filter(({ until }) => until <= credential.askedAt).at(-1)?.keyPairIds;
    const old = before && keyOf(before);
    return {
      by: keyOf(credential)?.generation ?? 'an unknown key',
      current: current?.generation ?? 'none',
      idleSeconds: before === undefined ? null : Math.round((credential.askedAt - before.askedAt) / 1000),
      isOldTrusted: old !== undefined && (trusted?.has(old.keyPairId) ?? false),
    };
  });
}

/** @param signerCacheSeconds - what counts as idle is longer */
export function returnComplaints(
  returns: readonly Return[],
  {
    activeKeys,
    signerCacheSeconds,
  }: { readonly activeKeys: readonly ActiveKey[]; readonly signerCacheSeconds: number },
): string[] {
  const found = returns.flatMap(({ by, current, idleSeconds, isOldTrusted }) => [
    ...(by === current ? [] : [`a signer that had been idle signed with ${by}, and ${current} was current`]),
    ...(idleSeconds === null || idleSeconds > signerCacheSeconds
      ? []
      : [`the idle signer had been idle for ${idleSeconds} s only`]),
    ...(isOldTrusted ? [`what the idle signer had signed with before ${by} was trusted still`] : []),
  ]);
  if (returns.length === activeKeys.length) return found;
  return [...found, `expected ${activeKeys.length} returns of the idle signer, got ${returns.length}`];
}
