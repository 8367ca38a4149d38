/**
 * Express 5: the routes of premium titles. Express has requests and responses of its own, which the two functions at the end turn
 * into Fetch's and back. Put these routes in front of `express.json()`: a body can be read once.
 *
 *   createApp({ authorize, identify, signer, domain: 'media.example.com', tokens, store, keys, origins: [appUrl] }).listen(3000);
 */

import { Readable } from 'node:stream';
import { type PlaybackHandlersOptions, playbackHandlers } from '@storytime/playback';
import express, { type Express, type Request as Incoming, type Response as Outgoing } from 'express';

export function createApp(options: PlaybackHandlersOptions): Express {
  const { playbackToken, heartbeat, devices, videoKey, logSuspicious } = playbackHandlers(options);
  const app = express();
  app.all('/api/videos/playback-token', adapt(playbackToken));
  app.all('/api/videos/heartbeat', adapt(heartbeat));
  app.all('/api/videos/devices', adapt(devices));
  app.all(
    '/api/video-keys/:lessonId',
    adapt((request, { lessonId = '' }) => videoKey(request, { lessonId })),
  );
  app.all('/api/security/log-suspicious', adapt(logSuspicious));
  return app;
}

type Handler = (request: Request, parameters: Readonly<Record<string, string>>) => Promise<Response>;

function adapt(handler: Handler) {
  return async (incoming: Incoming, outgoing: Outgoing): Promise<void> => {
    const parameters = incoming.params as Record<string, string>;
    const request = toRequest(incoming);
    if (request === undefined) {
      outgoing.sendStatus(400);
      return;
    }
    const response = await handler(request, parameters);
    outgoing.status(response.status);
    for (const [name, value] of response.headers) outgoing.append(name, value);
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  };
}

/** @returns `undefined` for what Fetch has no request for: a host that is none, or TRACE */
function toRequest(incoming: Incoming): Request | undefined {
  const { method, headers, protocol, originalUrl } = incoming;
  const names = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  const init = {
    method,
    headers: names.map(([name, value]): [string, string] => [name, String(value)]),
    ...(method !== 'GET' && method !== 'HEAD' && { body: Readable.toWeb(incoming), duplex: 'half' }),
  };
  try {
    return new Request(
      `${protocol}://${incoming.get('host') ?? 'localhost'}${originalUrl}`,
      init as RequestInit,
    );
  } catch {
    return undefined;
  }
}
