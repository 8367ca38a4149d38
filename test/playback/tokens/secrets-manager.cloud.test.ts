/** Token secrets in Secrets Manager, by the real client against moto: a rotation is one call. */

import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { playbackTokens } from '../../../playback/src/index.ts';
import { secretsManagerSecrets } from '../../../playback/src/secrets-manager/index.ts';
import { type Moto, startMoto } from '../../signer/moto.ts';
import { AUDIENCE, IDS, NOW, OTHER_SECRET, SECRET } from './fixtures.ts';

const THIRD_SECRET = 'aB8kQ2wE5rT9yU1iO4pS7dF0gH3jK6lZ';

let moto: Moto;
let client: SecretsManagerClient;
beforeAll(async () => {
  moto = await startMoto();
  client = new SecretsManagerClient(moto.config);
});
afterAll(async () => {
  client?.destroy();
  await moto?.stop();
});

let secretNumber = 0;
async function makeSecret(SecretString: string): Promise<string> {
  const Name = `storytime/test/playback_token_secret-${++secretNumber}`;
  await client.send(new CreateSecretCommand({ Name, SecretString }));
  return Name;
}
const put = (SecretId: string, SecretString: string) =>
  client.send(new PutSecretValueCommand({ SecretId, SecretString }));

/** One process with its own clock. */
function makeProcess(secretId: string) {
  const state = { seconds: 0, failures: [] as string[] };
  const now = () => new Date(NOW.getTime() + state.seconds * 1000);
  const secrets = secretsManagerSecrets({
    secretId,
    client,
    now,
    random: () => 0,
    onError: ({ error }) => state.failures.push((error as { code?: string }).code ?? error.name),
  });
  const tokens = playbackTokens({ secrets, audience: AUDIENCE, now, expiresIn: 86_400 });
  return { state, tokens };
}

describe('secretsManagerSecrets', () => {
  it('rotates by put-secret-value: the new secret signs, and tokens of the one before are accepted', async () => {
    const secretId = await makeSecret(`${SECRET}\n`);
    const { state, tokens } = makeProcess(secretId);
    const old = await tokens.issue(IDS);
    await put(secretId, OTHER_SECRET);
    state.seconds = 301;
    const fresh = await tokens.issue(IDS);
    expect(await tokens.verify(old.token)).toMatchObject({ allowed: true });
    expect(await tokens.verify(fresh.token)).toMatchObject({ allowed: true });

    await put(secretId, THIRD_SECRET);
    state.seconds = 602;
    await tokens.issue(IDS);
    expect(await tokens.verify(old.token)).toEqual({ allowed: false, reason: 'unknown-secret' });
    expect(await tokens.verify(fresh.token)).toMatchObject({ allowed: true });
  });

  it('accepts a token of a process that saw the new secret first', async () => {
    const secretId = await makeSecret(SECRET);
    const behind = makeProcess(secretId);
    await behind.tokens.issue(IDS);
    await put(secretId, OTHER_SECRET);
    const ahead = makeProcess(secretId);
    const { token } = await ahead.tokens.issue(IDS);
    behind.state.seconds = 2;
    expect(await behind.tokens.verify(token)).toMatchObject({ allowed: true });
  });

  it('trusts nothing of a placeholder that was there before', async () => {
    const secretId = await makeSecret('{"placeholder":true}');
    await put(secretId, SECRET);
    const { tokens } = makeProcess(secretId);
    const { token } = await tokens.issue(IDS);
    expect(await tokens.verify(token)).toMatchObject({ allowed: true });
  });

  it.each([
    ['JSON', '{"secret":"x"}'],
    ['too short a text', 'short'],
  ])('fails with ERR_TOKEN_SECRET where the current value is %s', async (_, value) => {
    const { tokens } = makeProcess(await makeSecret(value));
    await expect(tokens.issue(IDS)).rejects.toMatchObject({
      name: 'PlaybackError',
      code: 'ERR_TOKEN_SECRET',
      message: expect.not.stringContaining(value),
    });
  });

  it('keeps the secret in use where a new one is refused, and says so to onError', async () => {
    const secretId = await makeSecret(SECRET);
    const { state, tokens } = makeProcess(secretId);
    const { token } = await tokens.issue(IDS);
    await put(secretId, 'short');
    state.seconds = 301;
    expect(await tokens.verify(token)).toMatchObject({ allowed: true });
    expect(state.failures).toEqual(['ERR_TOKEN_SECRET']);
  });

  it('fails with ERR_SECRET_FETCH where there is no such secret', async () => {
    await expect(makeProcess('none').tokens.issue(IDS)).rejects.toMatchObject({ code: 'ERR_SECRET_FETCH' });
  });
});
