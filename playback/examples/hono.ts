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

import { type PlaybackHandlersOptions, playbackHandlers } from '@storytime/playback';
import { Hono } from 'hono';

export function createApp(options: PlaybackHandlersOptions): Hono {
  const { playbackToken, heartbeat, devices, videoKey, logSuspicious } = playbackHandlers(options);
  const app = new Hono();
  app.all('/api/videos/playback-token', ({ req }) => playbackToken(req.raw));
  app.all('/api/videos/heartbeat', ({ req }) => heartbeat(req.raw));
  app.all('/api/videos/devices', ({ req }) => devices(req.raw));
  app.all('/api/video-keys/:lessonId', ({ req }) => videoKey(req.raw, { lessonId: req.param('lessonId') }));
  app.all('/api/security/log-suspicious', ({ req }) => logSuspicious(req.raw));
  return app;
}
