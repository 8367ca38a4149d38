/** What CloudFront and Secrets Manager hold while the proof runs, seen from outside, whichever program changes it. */
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFrontClient, GetKeyGroupCommand, GetPublicKeyCommand } from '@aws-sdk/client-cloudfront';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { z } from 'zod';
import type { TrustChange } from './judge.ts';
import type { SignerStart } from './messages.ts';

const TRUST_EVERY_MS = 150;
const SECRET_EVERY_MS = 250;
const FILES_EVERY_MS = 100;

interface Watch {
  /** Looks a last time, and ends. */
  stop(): Promise<void>;
}

interface TrustWatch extends Watch {
  readonly changes: readonly TrustChange[];
  /** PEM by id, of every key that the group has ever had. */
  readonly publicKeys: ReadonlyMap<string, string>;
}

/**
 * Follows a key group. A change counts as done when the edge has read it: as `Deployed` on AWS.
 *
 * @param options `refreshEdge` makes the edge read the distribution now
 */
export async function watchTrust(
  aws: SignerStart['aws'],
  options: { readonly keyGroupId: string; readonly refreshEdge: () => Promise<void> },
): Promise<TrustWatch> {
  const client = new CloudFrontClient({ ...aws, maxAttempts: 3 });
  const changes: TrustChange[] = [];
  const publicKeys = new Map<string, string>();
  let lookedAt = 0;

  async function look(): Promise<void> {
    const after = lookedAt;
    lookedAt = Date.now();
    const { KeyGroup } = await client.send(new GetKeyGroupCommand({ Id: options.keyGroupId }));
    const ids = KeyGroup?.KeyGroupConfig?.Items ?? [];
    const before = changes.at(-1)?.keyPairIds;
    if (before !== undefined && before.size === ids.length && ids.every((id) => before.has(id))) return;
    for (const id of ids.filter((one) => !publicKeys.has(one))) {
      const { PublicKey } = await client.send(new GetPublicKeyCommand({ Id: id }));
      publicKeys.set(id, PublicKey?.PublicKeyConfig?.EncodedKey ?? '');
    }
    await options.refreshEdge();
    changes.push({ after, until: before === undefined ? 0 : Date.now(), keyPairIds: new Set(ids) });
  }

  await look();
  const { stop } = repeat(look, TRUST_EVERY_MS);
  return {
    changes,
    publicKeys,
    stop: async () => {
      await stop();
      client.destroy();
    },
  };
}

export interface HeldKey {
  readonly generation: string;
  /** Null for one that is not trusted yet: CloudFront has given it no id. */
  readonly keyPairId: string | null;
  readonly privateKey: string;
}

const heldKey = z.object({
  generation: z.string(),
  keyPairId: z.string().nullable().default(null),
  privateKey: z.string(),
});

/** Follows the secret: `onKey` hears of every value that has been under a stage, and from when on. */
export async function watchSecret(
  aws: SignerStart['aws'],
  options: {
    readonly secretId: string;
    readonly onKey: (stage: 'AWSCURRENT' | 'AWSPENDING', key: HeldKey, at: number) => void;
  },
): Promise<Watch> {
  const client = new SecretsManagerClient({ ...aws, maxAttempts: 3 });
  const known = new Map<string, string | undefined>();

  async function look(): Promise<void> {
    for (const stage of ['AWSCURRENT', 'AWSPENDING'] as const) {
      const at = Date.now();
      const found = await client
        .send(new GetSecretValueCommand({ SecretId: options.secretId, VersionStage: stage }))
        .catch((error: Error) => {
          if (error.name === 'ResourceNotFoundException') return undefined;
          throw error;
        });
      if (found?.VersionId === known.get(stage)) continue;
      known.set(stage, found?.VersionId);
      if (found !== undefined) options.onKey(stage, heldKey.parse(JSON.parse(found.SecretString ?? '')), at);
    }
  }

  await look();
  const { stop } = repeat(look, SECRET_EVERY_MS);
  return {
    stop: async () => {
      await stop();
      client.destroy();
    },
  };
}

interface FilesWatch extends Watch {
  /** When a generation's file was seen to be gone. */
  readonly goneAt: ReadonlyMap<string, number>;
}

/** Follows the keys directory: a generation whose file is gone is one that an apply would drop. */
export function watchFiles(keysDirectory: string): FilesWatch {
  const seen = new Set<string>();
  const goneAt = new Map<string, number>();
  const { stop } = repeat(async () => {
    const there = (await readdir(keysDirectory)).filter((name) => name.endsWith('.pem'));
    for (const name of there) seen.add(name);
    for (const name of [...seen].filter((one) => !there.includes(one))) {
      seen.delete(name);
      goneAt.set(name.replace(/\.pem$/, ''), Date.now());
    }
  }, FILES_EVERY_MS);
  return { goneAt, stop };
}

/** Again and again until stopped, and then once more. What fails on the way fails the stop. */
function repeat(look: () => Promise<void>, everyMs: number): Watch {
  let isStopped = false;
  const looking = (async () => {
    while (!isStopped) {
      await sleep(everyMs);
      await look();
    }
  })();
  looking.catch(() => {});
  return {
    stop: async () => {
      isStopped = true;
      await looking;
      await look();
    },
  };
}
