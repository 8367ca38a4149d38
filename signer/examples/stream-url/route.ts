/**
 * `GET /api/stream-url/:lectureId` answers `{ url, expiresIn }`. This file is the same before and after the
 * migration: the route, its access check, and where a lecture is looked up. Only `streamUrl` differs.
 */

import { Hono } from 'hono';

interface StreamUrl {
  readonly url: string;
  /** Seconds. */
  readonly expiresIn?: number;
}

interface Backend {
  readonly authenticate: (authorization: string | undefined) => Promise<{ readonly userId: string } | null>;
  /** Null when there is no such lecture, or this user has not bought it. */
  readonly findLecture: (lectureId: string, userId: string) => Promise<{ readonly videoPath: string } | null>;
  readonly streamUrl: (videoPath: string) => Promise<StreamUrl>;
}

export function createApp({ authenticate, findLecture, streamUrl }: Backend): Hono {
  return new Hono().get('/api/stream-url/:lectureId', async (context) => {
    const user = await authenticate(context.req.header('authorization'));
    if (!user) return context.json({ error: 'sign in first' }, 401);
    const lecture = await findLecture(context.req.param('lectureId'), user.userId);
    if (!lecture) return context.json({ error: 'no such lecture' }, 404);
    return context.json(await streamUrl(lecture.videoPath));
  });
}
