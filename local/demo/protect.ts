/** What keeps other pages away from the demo's backend, and its own page from anything but what it needs. */

import type { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { secureHeaders } from 'hono/secure-headers';

export interface Origins {
  /** The edge, for example `http://localhost:4443`. */
  readonly playback: string;
  /** The S3 endpoint that parts of uploads are sent to. */
  readonly uploads: string;
}

/** Before any route. Scripts, styles and fonts come from this server only; media and connections also from the two origins. */
export function protect(app: Hono, { playback, uploads }: Origins): void {
  app.use(async (context, next) => {
    const url = new URL(context.req.url);
    if (url.hostname === 'localhost') return next();
    // Another name that leads here is somebody else's (DNS rebinding); cookies and CORS know only one spelling of our own name.
    if (url.hostname !== '127.0.0.1') return context.json({ error: 'this is http://localhost' }, 421);
    url.hostname = 'localhost';
    return context.redirect(url.href);
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // hls.js takes segments apart in a worker of its own.
        workerSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", playback],
        mediaSrc: ['blob:', playback],
        connectSrc: ["'self'", playback, uploads],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      permissionsPolicy: { camera: [], geolocation: [], microphone: [] },
      // Plain http on this machine: a real backend keeps the header on.
      strictTransportSecurity: false,
    }),
  );
  // The browser says of every request whether a page of another origin makes it, whatever its content type. csrf()
  // below looks at forms alone, but also refuses those about which the browser says nothing.
  app.use('/api/*', async (context, next) => {
    const site = context.req.header('sec-fetch-site') ?? 'none';
    const origin = context.req.header('origin') ?? new URL(context.req.url).origin;
    if ((site === 'none' || site === 'same-origin') && origin === new URL(context.req.url).origin)
      return next();
    return context.json({ error: 'this backend serves its own page only' }, 403);
  });
  app.use('/api/*', csrf());
  app.use('/api/*', async (context, next) => {
    await next();
    context.header('Cache-Control', 'no-store');
  });
}
