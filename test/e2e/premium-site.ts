/**
 * A course site with one encrypted title, on the local run: sign-in by a session cookie, and the options of its playback routes
 * over the run's own table, KMS key and secrets. Importing this makes the title before the first test.
 */

import { randomBytes, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Denied, type PlaybackHandlersOptions, playbackTokens } from '@storytime/playback';
import { dynamodbStore } from '@storytime/playback/dynamodb';
import { kmsKeyWrapper } from '@storytime/playback/kms';
import { secretsManagerSecrets } from '@storytime/playback/secrets-manager';
import { createSigner } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import { afterAll, beforeAll, expect } from 'vitest';
import { clientConfig } from '../../local/session/client-config.ts';
import { libraryOf } from '../../local/session/library-context.ts';
import { contentKeysOf } from '../../ops/library/content-keys.ts';
import { publishTitle } from '../../ops/upload/publish/publish-title.ts';
import { freePorts } from '../support/free-ports.ts';
import { localRun } from './local-run.ts';

export const LESSON = 'premium';
/** Of another lesson, which the same viewers may play too. */
export const OTHER_LESSON = 'premium-2';

export interface PremiumSite {
  /** The port of the key endpoint that the stored playlists name. */
  readonly apiPort: number;
  readonly options: PlaybackHandlersOptions;
  /** @returns the `Set-Cookie` line of the new session of a new user */
  signIn(): string;
  /** Signed for CloudFront's name, addressed to where it is served here: on AWS the two are one. */
  at(edgeUrl: string, text: string): string;
}

let site: PremiumSite | undefined;
const clients: { destroy(): void }[] = [];

beforeAll(async () => {
  const run = localRun();
  const { context, config } = run;
  const aws = clientConfig(context.cloud);
  const dynamoDb = new DynamoDBClient(aws);
  const kms = new KMSClient(aws);
  clients.push(dynamoDb, kms);
  const { playback_table_name: tableName = '', playback_key_arn: keyId = '' } = context.outputs;
  const [apiPort = 0] = await freePorts(1);
  const keyUrl = `http://localhost:${apiPort}/api/video-keys`;
  const playback = { keyUrl, accessLogDays: 90 };
  const contentKeys =
    contentKeysOf({ playback }, context.outputs, { dynamoDb, kms }) ?? expect.fail('the run has no playback');
  // One rung is enough: what is tried here is how its key is asked for.
  const library = libraryOf(
    {
      config: { ...config, playback, ladder: config.ladder.slice(0, 1) },
      signal: new AbortController().signal,
    },
    context,
  );
  await publishTitle(
    { ...library, tell: () => {} },
    { ...context.video, id: { value: LESSON, given: true }, title: 'Premium', contentKeys },
    { send: async () => {} },
  );

  const secretId = 'storytime/local/playback_token_secret';
  await new SecretsManagerClient(aws).send(
    new CreateSecretCommand({ Name: secretId, SecretString: randomBytes(48).toString('base64') }),
  );
  const { domain } = context.signing;
  const sessions = new Map<string, string>();
  const sessionOf = (request: Request): string | undefined =>
    sessions.get(/(?:^|; )session=([\w-]+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? '');
  const nobody: Denied = { allowed: false, status: 401, code: 'NOT_SIGNED_IN' };
  site = {
    apiPort,
    options: {
      authorize: (request, lessonId) => {
        const userId = sessionOf(request);
        if (userId === undefined) return nobody;
        const playlistPath = `/${config.pathPrefix}/${lessonId}/index.m3u8`;
        return { allowed: true, userId, title: { id: lessonId, playlistPath, encrypted: true } };
      },
      identify: (request) => {
        const userId = sessionOf(request);
        return userId === undefined ? nobody : { allowed: true, userId };
      },
      signer: createSigner({
        key: secretsManagerKey({ secretId: context.signing.secretId, config: aws }),
        domain,
      }),
      domain,
      tokens: playbackTokens({
        secrets: secretsManagerSecrets({ secretId, config: aws }),
        audience: context.demoUrl,
      }),
      store: dynamodbStore({ tableName, client: dynamoDb }),
      keys: kmsKeyWrapper({ keyId, client: kms }),
      origins: [context.demoUrl],
      // As docs have it for http://localhost.
      secureCookies: false,
      onError: (error) => console.error(error),
    },
    signIn: () => {
      const id = randomUUID();
      sessions.set(id, `user-${id}`);
      return `session=${id}; Path=/api; HttpOnly; SameSite=Lax`;
    },
    at: (edgeUrl, text) => text.replaceAll(`https://${domain}/`, `${edgeUrl}/`),
  };
}, 120_000);

afterAll(() => {
  for (const client of clients) client.destroy();
});

/** Within a hook or a test. */
export function premiumSite(): PremiumSite {
  return site ?? expect.fail('the encrypted title has not been made');
}
