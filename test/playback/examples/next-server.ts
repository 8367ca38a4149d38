import type { createRoutes } from '../../../playback/examples/next-route.ts';

/** Next finds the file by the path and its export by the method; the rest is Fetch's. */
export function nextServer(routes: ReturnType<typeof createRoutes>): (request: Request) => Promise<Response> {
  const files = {
    '/api/videos/playback-token': routes.playbackToken,
    '/api/videos/heartbeat': routes.heartbeat,
    '/api/videos/devices': routes.devices,
    '/api/security/log-suspicious': routes.logSuspicious,
  };
  return async (request) => {
    const { pathname } = new URL(request.url);
    const [, lessonId] = /^\/api\/video-keys\/([^/]+)$/.exec(pathname) ?? [];
    const file = lessonId === undefined ? files[pathname as keyof typeof files] : routes.videoKeys;
    const handler = (file as Readonly<Record<string, unknown>>)?.[request.method] as
      | ((request: Request, context: object) => Promise<Response>)
      | undefined;
    if (handler === undefined) return new Response(null, { status: 405 });
    return handler(request, { params: Promise.resolve({ lessonId: decodeURIComponent(lessonId ?? '') }) });
  };
}
