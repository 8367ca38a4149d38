import { describe, expect, it, vi } from 'vitest';
import { recordAccess } from '../../../playback/src/access/record-access.ts';
import { findSuspicious } from '../../../playback/src/findings/find-suspicious.ts';
import type { Rule } from '../../../playback/src/findings/rule.ts';
import { memoryStore } from '../../../playback/src/memory/memory-store.ts';
import type { Finding } from '../../../playback/src/store/store.ts';
import { range } from './stories.ts';

const NOW = new Date('2026-11-02T18:00:00.000Z');
const now = () => NOW;
const minutesAgo = (minutes: number) => new Date(NOW.getTime() - 60_000 * minutes);

/** A store with an account in use in five networks. */
async function sharedAccount() {
  const store = memoryStore({ now });
  for (const index of range(5)) {
    const access = {
      userId: 'user',
      lessonId: `l-${index}`,
      deviceId: `d-${index}`,
      ipAddress: `10.0.${index}.77`,
      userAgent: 'Firefox',
      accessedAt: minutesAgo(4 - index),
    };
    await recordAccess(access, { store });
  }
  return store;
}

const always = (activityType: string): Rule => ({
  activityType,
  lookBackSeconds: 60,
  find: () => ({ details: {} }),
});

describe('findSuspicious', () => {
  it('keeps what a rule finds, with the access of this very moment among what it sees', async () => {
    const store = await sharedAccount();
    const found = await findSuspicious('user', { store, now });
    const networks = range(5).map((index) => `10.0.${index}.0/24`);
    expect(found).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{43}$/),
        userId: 'user',
        lessonId: null,
        activityType: 'many_networks',
        details: { count: 5, seconds: 3_600, networks },
        timestamp: NOW,
        resolved: false,
      },
    ]);
    expect(await store.findings({ userId: 'user' })).toEqual({ entries: found });
  });

  it('finds nothing new when it looks again on the same day, and again on the next one', async () => {
    const store = memoryStore({ now });
    const rules = [always('kind')];
    const at = (time: string) => findSuspicious('user', { store, rules, now: () => new Date(time) });
    expect(await at('2026-11-02T18:00:00Z')).toHaveLength(1);
    expect(await at('2026-11-02T18:00:01Z')).toEqual([]);
    expect(await at('2026-11-02T23:59:59Z')).toEqual([]);
    expect(await at('2026-11-03T00:00:00Z')).toHaveLength(1);
  });

  it('suspends once, however many processes find the same at once', async () => {
    const store = await sharedAccount();
    const suspend = vi.fn<(finding: Finding) => void>();
    await Promise.all(range(50).map(() => findSuspicious('user', { store, now, suspend })));
    expect(suspend).toHaveBeenCalledTimes(1);
    expect(suspend.mock.calls[0]?.[0]).toMatchObject({ userId: 'user', activityType: 'many_networks' });
  });

  it.each([
    { suspendOn: undefined, called: ['many_networks', 'many_titles', 'device_churn'] },
    { suspendOn: ['unusual_hours'], called: ['unusual_hours'] },
    { suspendOn: [], called: [] },
  ])('suspends for $called with suspendOn $suspendOn', async ({ suspendOn, called }) => {
    const store = memoryStore({ now });
    const kinds: string[] = [];
    const rules = ['many_networks', 'many_titles', 'device_churn', 'unusual_hours'].map(always);
    const suspend = ({ activityType }: Finding) => void kinds.push(activityType);
    expect(await findSuspicious('user', { store, now, rules, suspend, suspendOn })).toHaveLength(4);
    expect(kinds).toEqual(called);
  });

  it('passes on what suspend threw, with the finding kept', async () => {
    const store = await sharedAccount();
    const suspend = () => Promise.reject(new RangeError('no mail server'));
    await expect(findSuspicious('user', { store, now, suspend })).rejects.toThrow('no mail server');
    expect((await store.findings({ userId: 'user' })).entries).toHaveLength(1);
  });

  it('suspends for a finding although another rule, another finding and another suspension failed', async () => {
    const store = memoryStore({ now });
    const broken: Rule = {
      ...always('broken'),
      find: () => {
        throw new RangeError('of the rule');
      },
    };
    const refused = { ...store, addFinding: store.addFinding };
    refused.addFinding = (finding, options) =>
      finding.activityType === 'refused'
        ? Promise.reject(new Error('busy'))
        : store.addFinding(finding, options);
    const kinds: string[] = [];
    const suspend = ({ activityType }: Finding) => {
      kinds.push(activityType);
      if (activityType === 'first') throw new Error('no mail server');
    };
    const rules = [broken, always('refused'), always('first'), always('second')];
    const suspendOn = ['broken', 'refused', 'first', 'second'];
    const found = findSuspicious('user', { store: refused, now, rules, suspend, suspendOn });
    await expect(found).rejects.toThrow('of the rule');
    expect(kinds).toEqual(['first', 'second']);
  });

  it('finds the same for two users twice, with different ids', async () => {
    const store = memoryStore({ now });
    const rules = [always('kind')];
    const [one] = await findSuspicious('user-1', { store, now, rules });
    const [other] = await findSuspicious('user-2', { store, now, rules });
    expect(one?.id).not.toBe(other?.id);
  });

  it('deletes a finding after as many days as it is told', async () => {
    let clock = NOW;
    const store = memoryStore({ now: () => clock });
    await findSuspicious('user', { store, now, rules: [always('kind')], retentionDays: 7 });
    clock = new Date(NOW.getTime() + 7 * 86_400_000);
    expect((await store.findings({ userId: 'user' })).entries).toEqual([]);
  });

  it('tells nothing of the whole address, the user agent or the device ids', async () => {
    const store = await sharedAccount();
    const text = JSON.stringify(await findSuspicious('user', { store, now }));
    for (const secret of ['.77', 'Firefox', 'd-1']) expect(text).not.toContain(secret);
  });
});
