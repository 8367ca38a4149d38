/** Values that are no signing keys, by the real client against moto. What both kinds share is in secrets-manager.cloud.test.ts. */

import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretsManagerValue } from '../../signer/src/secrets-manager/index.ts';
import { failureOf, NOW } from './fixtures.ts';
import { type Moto, startMoto } from './moto.ts';

let moto: Moto;
let admin: SecretsManagerClient;
beforeAll(async () => {
  moto = await startMoto();
  admin = new SecretsManagerClient(moto.config);
});
afterAll(async () => {
  admin?.destroy();
  await moto?.stop();
});

let secretNumber = 0;
async function makeSecret(SecretString: string): Promise<string> {
  const Name = `storytime/test/value-${++secretNumber}`;
  await admin.send(new CreateSecretCommand({ Name, SecretString }));
  return Name;
}
/** As `aws secretsmanager put-secret-value` does: the version before becomes AWSPREVIOUS. */
const put = (SecretId: string, SecretString: string) =>
  admin.send(new PutSecretValueCommand({ SecretId, SecretString }));

/** A source whose value is the texts, and how often it parsed. */
async function makeSource({ withPrevious = false } = {}) {
  const secretId = await makeSecret('first');
  const seen = { parsed: 0, events: [] as unknown[], seconds: 0 };
  const source = secretsManagerValue({
    secretId,
    withPrevious,
    client: admin,
    random: () => 0,
    now: () => new Date(NOW.getTime() + seen.seconds * 1000),
    parse: ({ current, previous }) => {
      seen.parsed++;
      if (current === 'broken') throw new RangeError('no value');
      return previous === undefined ? [current] : [current, previous];
    },
    onRotate: (event) => seen.events.push(event),
    onError: ({ error }) => seen.events.push(error.name),
  });
  return { secretId, source, seen };
}

describe('secretsManagerValue', () => {
  it('gives what parse makes of the current version, parsed once', async () => {
    const { source, seen } = await makeSource();
    expect(await source.get()).toEqual(['first']);
    seen.seconds = 301;
    expect(await source.get()).toEqual(['first']);
    expect(seen.parsed).toBe(1);
  });

  it('gives the current version alone, also after a rotation, unless it is asked for the one before', async () => {
    const { source, secretId, seen } = await makeSource();
    await source.get();
    await put(secretId, 'second');
    seen.seconds = 301;
    expect(await source.get()).toEqual(['second']);
  });

  it('gives the version before as well where it is asked for, and none where there is none', async () => {
    const { source, secretId, seen } = await makeSource({ withPrevious: true });
    expect(await source.get()).toEqual(['first']);
    await put(secretId, 'second');
    seen.seconds = 2;
    expect(await source.refreshNow()).toEqual(['second', 'first']);
    expect(seen.events).toEqual([
      {
        from: { versionId: expect.any(String) },
        to: { versionId: expect.any(String), previousVersionId: expect.any(String) },
      },
    ]);
    seen.seconds = 303;
    expect(await source.get()).toEqual(['second', 'first']);
    expect(seen.parsed).toBe(2);
  });

  it('forgets the version before once its stage is removed', async () => {
    const { source, secretId, seen } = await makeSource({ withPrevious: true });
    await put(secretId, 'second');
    await source.get();
    const previousVersionId = await previousVersionOf(secretId);
    await admin.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: 'AWSPREVIOUS',
        RemoveFromVersionId: previousVersionId,
      }),
    );
    seen.seconds = 301;
    expect(await source.get()).toEqual(['second']);
  });

  it('gives the caller what parse threw, and later keeps the value in use and tells onError', async () => {
    const { source, secretId, seen } = await makeSource();
    await put(secretId, 'broken');
    expect(await failureOf(() => source.get())).toMatchObject({ name: 'RangeError', message: 'no value' });
    await put(secretId, 'second');
    seen.seconds = 2;
    await source.get();
    await put(secretId, 'broken');
    seen.seconds = 303;
    expect(await source.get()).toEqual(['second']);
    expect(seen.events).toEqual(['RangeError', 'RangeError']);
  });

  it('fails with ERR_SECRET_FETCH for a secret that is not there', async () => {
    const source = secretsManagerValue({
      secretId: 'none',
      client: admin,
      parse: () => 1,
      withPrevious: true,
    });
    expect(await failureOf(() => source.get())).toMatchObject({
      name: 'SignerError',
      code: 'ERR_SECRET_FETCH',
    });
  });
});

async function previousVersionOf(secretId: string): Promise<string | undefined> {
  let previousVersionId: string | undefined;
  const source = secretsManagerValue({
    secretId,
    withPrevious: true,
    client: admin,
    parse: () => 1,
    onRefresh: (event) => {
      previousVersionId = event.previousVersionId;
    },
  });
  await source.get();
  return previousVersionId;
}
