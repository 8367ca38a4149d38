/** A key's way by hand: the writes that the key commands are to make, one after the other. */
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { Laptop } from './laptop.ts';

const SKEW_SECONDS = 2;

export interface NewKey {
  readonly generation: string;
  readonly type: 'rsa' | 'ec';
}

/** Trust the new one, sign with it, wait until nothing by the old one is good any more, drop the old one. */
export async function rotateByHand(laptop: Laptop, key: NewKey): Promise<void> {
  const { signerCacheSeconds, longestSignatureSeconds } = laptop.config;
  const old = activeOf(laptop);
  await promote(laptop, key, await create(laptop, key));
  await sleep((signerCacheSeconds + longestSignatureSeconds + SKEW_SECONDS) * 1000, undefined, {
    signal: laptop.signal,
  });
  await retire(laptop, old);
}

/** The same without the wait: what the old one has signed ends at once. */
export async function revokeByHand(laptop: Laptop, key: NewKey): Promise<void> {
  const old = activeOf(laptop);
  await promote(laptop, key, await create(laptop, key));
  await retire(laptop, old);
}

function activeOf({ keysDirectory }: Laptop): string {
  return readFileSync(join(keysDirectory, 'active'), 'utf8').trim();
}

async function create(laptop: Laptop, { generation, type }: NewKey) {
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' });
  const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const { VersionId: pending } = await new SecretsManagerClient(laptop.aws).send(
    new PutSecretValueCommand({
      SecretId: laptop.outputs.cloudfront_private_key_secret_arn,
      SecretString: JSON.stringify({ generation, privateKey }),
      VersionStages: ['AWSPENDING'],
    }),
  );
  await writeFile(join(laptop.keysDirectory, `${generation}.pem`), publicKey);
  await laptop.apply();
  return { pending, privateKey };
}

async function promote(
  laptop: Laptop,
  { generation }: NewKey,
  { pending, privateKey }: { readonly pending: string | undefined; readonly privateKey: string },
): Promise<void> {
  await writeFile(join(laptop.keysDirectory, 'active'), `${generation}\n`);
  const { cloudfront_public_key_id: keyPairId } = await laptop.apply();
  const client = new SecretsManagerClient(laptop.aws);
  const SecretId = laptop.outputs.cloudfront_private_key_secret_arn;
  await client.send(
    new PutSecretValueCommand({
      SecretId,
      SecretString: JSON.stringify({ keyPairId, privateKey, generation }),
      VersionStages: ['AWSCURRENT'],
    }),
  );
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSPENDING',
      RemoveFromVersionId: pending,
    }),
  );
}

async function retire(laptop: Laptop, generation: string): Promise<void> {
  await rm(join(laptop.keysDirectory, `${generation}.pem`));
  await laptop.apply();
}
