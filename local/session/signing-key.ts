/** The run's own signing key: made again for each run, with its public key in a folder like that of every environment. */

import { generateKeyPair } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PutSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export interface LocalSigningKey {
  /** For example `2026-11-a`. */
  readonly generation: string;
  /** PKCS#8 PEM. Lives in memory and in the local Secrets Manager, nowhere else. */
  readonly privateKey: string;
}

/** Makes a key pair and writes its public key and `active` into `directory`, in place of what an earlier run left. */
export async function createLocalSigningKey(directory: string, now: Date): Promise<LocalSigningKey> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const generation = `${now.toISOString().slice(0, 7)}-a`;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `${generation}.pem`), pair.publicKey);
  await writeFile(join(directory, 'active'), `${generation}\n`);
  return { generation, privateKey: pair.privateKey };
}

/** Stores the private key with the id that CloudFront gave its public key, so that both switch together. */
export async function storeSigningKey(
  client: SecretsManagerClient,
  secretId: string,
  key: LocalSigningKey & { readonly keyPairId: string },
): Promise<void> {
  const { keyPairId, privateKey, generation } = key;
  await client.send(
    new PutSecretValueCommand({
      SecretId: secretId,
      SecretString: JSON.stringify({ keyPairId, privateKey, generation }),
    }),
  );
}
