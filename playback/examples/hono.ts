/**
 * Hono, on Node, Bun or anything else that has Fetch: the routes of premium titles.
 *
 *   const { secrets, appUrl } = playbackEnv();
 *   const tokens = playbackTokens({ secrets, audience: appUrl });
 *   const signer = createSigner({ key: envKey(), domain: 'media.example.com', cookieDomain: 'example.com' });
 *   const keys = kmsKeyWrapper({ keyId: process.env.PLAYBACK_KEY_ARN });
 *   const store = dynamodbStore({ tableName: process.env.PLAYBACK_TABLE });
 *   export default createApp({ authorize, identify, signer, domain: 'media.example.com', tokens, store, keys, origins: [appUrl] });
 */

import {
  devicesHandler,
  heartbeatHandler,
  type Identify,
  type KeyHandlerOptions,
  keyHandler,
  playbackHandler,
  reportHandler,
  type SessionOptions,
} from '@storytime/playback';
import { Hono } from 'hono';

interface Playback extends SessionOptions, Pick<KeyHandlerOptions, 'keys'> {
  /** Your own session: who sends this request? */
  readonly identify: Identify;
}

export function createApp({ identify, keys, ...session }: Playback): Hono {
  const { tokens, store, origins, onError, secureCookies, now } = session;
  const shared = { store, origins, onError };
  const start = playbackHandler(session);
  const beat = heartbeatHandler(session);
  const key = keyHandler({ ...shared, tokens, keys, secureCookies, now });
  const devices = devicesHandler({ ...shared, identify, secureCookies });
  const report = reportHandler({ ...shared, identify, now });

  const app = new Hono();
  app.all('/api/videos/playback-token', ({ req }) => start(req.raw));
  app.all('/api/videos/heartbeat', ({ req }) => beat(req.raw));
  app.all('/api/videos/devices', ({ req }) => devices(req.raw));
  app.all('/api/video-keys/:lessonId', ({ req }) => key(req.raw, { lessonId: req.param('lessonId') }));
  app.all('/api/security/log-suspicious', ({ req }) => report(req.raw));
  return app;
}
