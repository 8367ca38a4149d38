import { describe, expect, it } from 'vitest';
import { NOW } from '../tokens/fixtures.ts';
import { bodyOf, makeBackend, makeBrowser, refusalOf } from './backend.ts';

describe("a viewer's devices", () => {
  const DEVICES = '/api/videos/devices';

  it('are listed with the one that asks marked', async () => {
    const backend = makeBackend();
    const [one, two] = [
      makeBrowser(backend),
      makeBrowser(backend, { agent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/133.0' }),
    ];
    await one.start();
    backend.clock.seconds = 5;
    await two.start();
    const { devices } = await bodyOf(await one.send(DEVICES));
    expect(devices.map(({ name, current }: { name: string; current: boolean }) => [name, current])).toEqual([
      ['Firefox on Linux', false],
      ['Chrome on Windows', true],
    ]);
  });

  it('can be released, which makes room for another one', async () => {
    const backend = makeBackend({ playback: { deviceLimit: 1 } });
    const [one, two] = [makeBrowser(backend), makeBrowser(backend)];
    await one.start();
    const { devices } = await bodyOf(await two.start());
    const released = await two.send(`${DEVICES}?id=${devices[0].id}`, { method: 'DELETE' });
    expect(await bodyOf(released)).toEqual({ devices: [] });
    expect((await two.start()).status).toBe(200);
    expect(await refusalOf(await one.beat())).toEqual([403, 'DEVICE_NOT_REGISTERED']);
  });

  it('of another user are neither seen nor released', async () => {
    const backend = makeBackend();
    const [mine, theirs] = [makeBrowser(backend, { user: 'a' }), makeBrowser(backend, { user: 'b' })];
    const id = await theirs.deviceId();
    expect(await bodyOf(await mine.send(DEVICES))).toEqual({ devices: [] });
    expect(await refusalOf(await mine.send(`${DEVICES}?id=${id}`, { method: 'DELETE' }))).toEqual([
      404,
      'DEVICE_NOT_FOUND',
    ]);
    expect(await backend.store.devices('b')).toHaveLength(1);
  });

  it("are nobody's without a session", async () => {
    const browser = makeBrowser(makeBackend(), { user: null });
    for (const method of ['GET', 'DELETE']) {
      expect(await refusalOf(await browser.send(`${DEVICES}?id=x`, { method }))).toEqual([
        401,
        'NOT_SIGNED_IN',
      ]);
    }
  });

  it.each(['', '?id=', '?id=a%0Ab'])('are not released by no id: "%s"', async (query) => {
    const response = await makeBrowser(makeBackend()).send(`${DEVICES}${query}`, { method: 'DELETE' });
    expect(await refusalOf(response)).toEqual([400, 'DEVICE_ID_INVALID']);
  });
});

describe('a report', () => {
  const REPORTS = '/api/security/log-suspicious';
  const REPORT = { lessonId: '42', activityType: 'devtools_detected', timestamp: '2020-01-01T00:00:00.000Z' };

  it("is kept as a finding at the time of the server, with the page's time as a detail", async () => {
    const backend = makeBackend();
    const response = await makeBrowser(backend).send(REPORTS, { json: REPORT });
    expect([response.status, await bodyOf(response)]).toEqual([200, { success: true }]);
    const { entries } = await backend.store.findings({ userId: 'user-7' });
    expect(entries).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{22}$/),
        userId: 'user-7',
        lessonId: '42',
        activityType: 'devtools_detected',
        details: { reportedAt: '2020-01-01T00:00:00.000Z' },
        timestamp: NOW,
        resolved: false,
      },
    ]);
  });

  it.each<[string, object, string]>([
    ['an unknown type', { activityType: 'x' }, 'ACTIVITY_TYPE_INVALID'],
    ['a type that is a list', { activityType: ['devtools_detected'] }, 'ACTIVITY_TYPE_INVALID'],
    ['no time', { timestamp: undefined }, 'TIMESTAMP_INVALID'],
    ['a time that is a number', { timestamp: 1 }, 'TIMESTAMP_INVALID'],
    ['a time with markup behind it', { timestamp: '2020-01-01T00:00:00Z<script>' }, 'TIMESTAMP_INVALID'],
    ['a day that there is not', { timestamp: '2020-13-45T00:00:00Z' }, 'TIMESTAMP_INVALID'],
    ['no lesson', { lessonId: undefined }, 'LESSON_ID_INVALID'],
  ])('with %s is refused and not kept', async (_, change, code) => {
    const backend = makeBackend();
    expect(
      await refusalOf(await makeBrowser(backend).send(REPORTS, { json: { ...REPORT, ...change } })),
    ).toEqual([400, code]);
    expect((await backend.store.findings({ userId: 'user-7' })).entries).toEqual([]);
  });

  it('of a type of your own is taken where you name it', async () => {
    const backend = makeBackend({ report: { activityTypes: ['copied_link'] } });
    const browser = makeBrowser(backend);
    expect((await browser.send(REPORTS, { json: { ...REPORT, activityType: 'copied_link' } })).status).toBe(
      200,
    );
    expect((await browser.send(REPORTS, { json: REPORT })).status).toBe(400);
  });

  it('is taken ten times a minute from one user, and counted for each by itself', async () => {
    const backend = makeBackend();
    const browser = makeBrowser(backend);
    const send = () => browser.send(REPORTS, { json: REPORT });
    for (let index = 0; index < 10; index++) expect((await send()).status).toBe(200);
    expect(await refusalOf(await send())).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect((await makeBrowser(backend, { user: 'b' }).send(REPORTS, { json: REPORT })).status).toBe(200);
    backend.clock.seconds = 60;
    expect((await send()).status).toBe(200);
  });

  it("without a session is nobody's", async () => {
    const response = await makeBrowser(makeBackend(), { user: null }).send(REPORTS, { json: REPORT });
    expect(await refusalOf(response)).toEqual([401, 'NOT_SIGNED_IN']);
  });

  it('that cannot be kept is a 500', async () => {
    const backend = makeBackend({ store: { addFinding: () => Promise.reject(new Error('secret')) } });
    expect(await refusalOf(await makeBrowser(backend).send(REPORTS, { json: REPORT }))).toEqual([
      500,
      'INTERNAL_ERROR',
    ]);
  });
});
