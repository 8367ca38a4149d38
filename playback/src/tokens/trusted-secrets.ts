/** Which secret a token was signed with, also right after a rotation. */

import {
  importSecrets,
  isSecretSource,
  readSecrets,
  type TokenSecret,
  type TokenSecretSource,
} from './secrets.ts';

export interface TrustedSecrets {
  /** The one to sign with. */
  signing(): Promise<TokenSecret>;
  /** The one that signed; `undefined` where none is trusted by this id. */
  byId(kid: unknown): Promise<TokenSecret | undefined>;
}

/**
 * Between two looks for an id that is not known. Other processes may sign with a new secret before this one has seen it; a
 * stranger who makes ids up must not make a call of each.
 */
const PAUSE_MS = 10_000;

/** @throws PlaybackError `ERR_TOKEN_SECRET` */
export function trustedSecrets(given: unknown, now: () => Date): TrustedSecrets {
  const source = isSecretSource(given) ? given : fixedSource(given);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<readonly TokenSecret[]> | undefined;

  /** The secrets after a look; those at hand where it fails, or where the last one was a moment ago. */
  async function lookAgain(atHand: readonly TokenSecret[]): Promise<readonly TokenSecret[]> {
    if (looking !== undefined) return looking;
    const sinceLook = now().getTime() - lookedAt;
    if (source.refreshNow === undefined || (sinceLook >= 0 && sinceLook < PAUSE_MS)) return atHand;
    lookedAt = now().getTime();
    looking = source
      .refreshNow()
      .catch(() => atHand)
      .finally(() => {
        looking = undefined;
      });
    return looking;
  }

  return {
    async signing() {
      return (await source.get())[0] as TokenSecret;
    },

    async byId(kid) {
      const trusted = await source.get();
      const found = trusted.find((secret) => secret.kid === kid);
      if (found !== undefined || typeof kid !== 'string') return found;
      return (await lookAgain(trusted)).find((secret) => secret.kid === kid);
    },
  };
}

function fixedSource(given: unknown): TokenSecretSource {
  const secrets = readSecrets('"secrets"', Array.isArray(given) ? given : [given]);
  let imported: Promise<readonly TokenSecret[]> | undefined;
  return {
    get() {
      imported ??= importSecrets(secrets);
      return imported;
    },
  };
}
