/**
 * Express 5: the routes of premium titles. Express has requests and responses of its own, which the two functions at the end turn
 * into Fetch's and back. Put these routes in front of `express.json()`: a body can be read once.
 *
 *   createApp({ authorize, identify, signer, domain: 'media.example.com', tokens, store, keys, origins: [appUrl] }).listen(3000);
 */

import { Readable } from 'node:stream';
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
import express, { type Express, type Request as Incoming, type Response as Outgoing } from 'express';

interface Playback extends SessionOptions, Pick<KeyHandlerOptions, 'keys'> {
  /** Your own session: who sends this request? */
  readonly identify: Identify;
}

export function createApp({ identify, keys, ...session }: Playback): Express {
  const { tokens, store, origins, onError, secureCookies, now } = session;
  const shared = { store, origins, onError };
  const start = playbackHandler(session);
  const beat = heartbeatHandler(session);
  const key = keyHandler({ ...shared, tokens, keys, secureCookies, now });
  const devices = devicesHandler({ ...shared, identify, secureCookies });
  const report = reportHandler({ ...shared, identify, now });

  const app = express();
  app.all('/api/videos/playback-token', adapt(start));
  app.all('/api/videos/heartbeat', adapt(beat));
  app.all('/api/videos/devices', adapt(devices));
  app.all(
    '/api/video-keys/:lessonId',
    adapt((request, { lessonId = '' }) => key(request, { lessonId })),
  );
  app.all('/api/security/log-suspicious', adapt(report));
  return app;
}

type Handler = (request: Request, parameters: Readonly<Record<string, string>>) => Promise<Response>;

function adapt(handler: Handler) {
  return async (incoming: Incoming, outgoing: Outgoing): Promise<void> => {
    const parameters = incoming.params as Record<string, string>;
    const response = await handler(toRequest(incoming), parameters);
    outgoing.status(response.status);
    for (const [name, value] of response.headers) outgoing.append(name, value);
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  };
}

function toRequest(incoming: Incoming): Request {
  const { method, headers, protocol, originalUrl } = incoming;
  const names = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  const init = {
    method,
    headers: names.map(([name, value]): [string, string] => [name, String(value)]),
    ...(method !== 'GET' && method !== 'HEAD' && { body: Readable.toWeb(incoming), duplex: 'half' }),
  };
  return new Request(
    `${protocol}://${incoming.get('host') ?? 'localhost'}${originalUrl}`,
    init as RequestInit,
  );
}
