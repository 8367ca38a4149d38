import { describe, expect, it } from 'vitest';
import { deviceChurn } from '../../../playback/src/findings/device-churn.ts';
import { manyNetworks } from '../../../playback/src/findings/many-networks.ts';
import { manyTitles } from '../../../playback/src/findings/many-titles.ts';
import { unusualHours } from '../../../playback/src/findings/unusual-hours.ts';
import { firstFinding, habit, range, type Story } from './stories.ts';

const DAY = 1_440;
type Stories = readonly (Story & { readonly what: string })[];

describe('manyNetworks', () => {
  it.each<Stories[number]>([
    {
      what: 'somebody who goes from Wi-Fi over two cells of a mobile network to the office',
      steps: ['198.51.100.7', '192.0.2.10', '192.0.3.11', '203.0.113.5'].map((ip, index) => ({
        minute: 15 * index,
        ip,
      })),
    },
    {
      what: 'two hundred colleagues of one account behind the addresses of one office',
      steps: range(200).map((index) => ({ minute: index / 4, ip: `203.0.113.${index}` })),
    },
    {
      what: 'a home with IPv4 and IPv6, a mobile network with both, and a café with both',
      steps: [
        '198.51.100.7',
        '2001:db8:1::7',
        '192.0.2.1',
        '2001:db8:2::1',
        '203.0.113.9',
        '2001:db8:3::9',
      ].map((ip, index) => ({ minute: 9 * index, ip })),
    },
    {
      what: 'a notebook that takes a new IPv6 privacy address for each lesson',
      steps: range(60).map((index) => ({ minute: index, ip: `2001:db8:1:2:${index}:abcd:${index * 7}:1` })),
    },
    {
      what: 'a home whose devices are in several subnets of its provider’s prefix',
      steps: range(30).map((index) => ({ minute: index, ip: `2001:db8:1:${index}::1` })),
    },
    {
      what: 'a family evening on the television, a phone on the way and a student at friends',
      steps: [
        { minute: 0, ip: '198.51.100.7', device: 'tv' },
        { minute: 10, ip: '192.0.2.1', device: 'phone' },
        { minute: 20, ip: '203.0.113.9', device: 'notebook' },
        { minute: 50, ip: '198.51.100.8', device: 'phone' },
      ],
    },
    {
      what: 'a commuter in four networks each hour of a day',
      steps: range(24).flatMap((hour) =>
        range(4).map((index) => ({ minute: 61 * hour + index, ip: `10.${hour}.${index}.1` })),
      ),
    },
    {
      what: 'the same IPv4 address in both of its forms',
      steps: range(20).map((index) => ({ minute: index, ip: `${index % 2 ? '::ffff:' : ''}203.0.113.7` })),
    },
    {
      what: 'requests of a proxy that does not tell the address',
      steps: range(20).map((index) => ({ minute: index, ip: 'unknown' })),
    },
  ])('finds nothing in $what', (story) => {
    expect(firstFinding(manyNetworks(), story)).toBeUndefined();
  });

  it.each<Stories[number] & { readonly networks: readonly string[] }>([
    {
      what: 'a password that was published',
      steps: range(30).map((index) => ({ minute: index, ip: `10.0.${index}.1`, device: `d-${index}` })),
      networks: ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24', '10.0.3.0/24', '10.0.4.0/24'],
    },
    {
      what: 'five providers by IPv6 within the hour, and one by IPv4',
      steps: [
        ...range(5).map((index) => ({ minute: 14.9 * index, ip: `2001:db8:${index}::1` })),
        { minute: 0, ip: '10.0.0.1' },
      ],
      networks: ['2001:db8:1::/48', '2001:db8:2::/48', '2001:db8:3::/48', '2001:db8:4::/48', '2001:db8::/48'],
    },
  ])('finds $what', ({ networks, ...story }) => {
    expect(firstFinding(manyNetworks(), story)).toEqual({ details: { count: 5, seconds: 3_600, networks } });
  });

  it('takes another number of networks and another span', () => {
    const steps = range(3).map((index) => ({ minute: 90 * index, ip: `10.0.${index}.1` }));
    expect(firstFinding(manyNetworks({ networks: 3 }), { steps })).toBeUndefined();
    const found = firstFinding(manyNetworks({ networks: 3, seconds: 10_801 }), { steps });
    expect(found?.details).toMatchObject({ count: 3, seconds: 10_801 });
  });

  it('shows ten networks at most, so that a finding stays small', () => {
    const steps = range(50).map((index) => ({ minute: 0, ip: `10.0.${index}.1` }));
    const found = firstFinding(manyNetworks(), { steps });
    expect(found?.details).toMatchObject({ count: 50 });
    expect(found?.details.networks).toHaveLength(10);
  });
});

describe('manyTitles', () => {
  it.each<Stories[number]>([
    {
      what: 'a family evening: four lessons at once, and others after them',
      steps: range(16).map((index) => ({
        minute: 20 * Math.floor(index / 4),
        lesson: `l-${index}`,
        device: `d-${index % 4}`,
      })),
    },
    {
      what: 'a student who searches a course for the right lesson',
      steps: range(19).map((index) => ({ minute: index / 2, lesson: `l-${index}` })),
    },
    {
      what: 'a page that is loaded again and again',
      steps: range(300).map((index) => ({ minute: index / 60 })),
    },
    {
      what: 'somebody who repeats the whole course before an examination',
      steps: range(100).map((index) => ({ minute: index, lesson: `l-${index}` })),
    },
  ])('finds nothing in $what', (story) => {
    expect(firstFinding(manyTitles(), story)).toBeUndefined();
  });

  it.each<Stories[number] & { readonly devices: number }>([
    {
      what: 'a program that copies a course, lesson by lesson',
      steps: range(40).map((index) => ({ minute: index / 10, lesson: `l-${index}` })),
      devices: 1,
    },
    {
      what: 'the same program on two devices',
      steps: range(40).map((index) => ({
        minute: index / 4,
        lesson: `l-${index}`,
        device: `d-${index % 2}`,
      })),
      devices: 2,
    },
  ])('finds $what', ({ devices, ...story }) => {
    expect(firstFinding(manyTitles(), story)).toEqual({ details: { count: 20, seconds: 600, devices } });
  });
});

describe('deviceChurn', () => {
  it.each<Stories[number]>([
    {
      what: 'a household of eight devices, registered long ago, all used this week',
      steps: range(56).map((index) => ({ minute: 180 * index, device: `d-${index % 8}` })),
      registered: Object.fromEntries(range(8).map((index) => [`d-${index}`, -60 * DAY])),
    },
    {
      what: 'a new phone and a new notebook, the old ones released, and a hotel’s television',
      steps: [
        { minute: 0, device: 'old-phone' },
        { minute: 10, device: 'old-notebook', ip: '198.51.100.1' },
        { minute: DAY, device: 'new-phone' },
        { minute: 2 * DAY, device: 'new-notebook' },
        { minute: 3 * DAY, device: 'television', ip: '192.0.2.1' },
      ],
      registered: { 'new-phone': DAY, 'new-notebook': 2 * DAY },
    },
    {
      what: 'a browser that deletes its cookies every evening, at home and at work',
      steps: range(14)
        .map((index) => ({
          minute: (DAY / 2) * index,
          device: `d-${index}`,
          agent: 'Firefox',
          ip: index % 3 ? '198.51.100.1' : '203.0.113.1',
        }))
        .concat([{ minute: 6 * DAY, device: 'd-0', agent: 'Firefox', ip: '198.51.100.1' }]),
    },
    {
      what: 'private windows of one browser behind IPv6 privacy addresses',
      steps: range(20).map((index) => ({
        minute: 60 * index,
        device: `d-${index}`,
        agent: 'Safari',
        ip: `2001:db8:1:2::${index}`,
      })),
    },
    {
      what: 'private windows of one browser, where no address is logged',
      steps: range(20).map((index) => ({
        minute: index,
        device: `d-${index}`,
        agent: 'Safari',
        ip: 'unknown',
      })),
    },
    {
      what: 'one new device each week for a year',
      steps: range(52).map((week) => ({ minute: 7 * DAY * week, device: `d-${week}`, ip: `10.0.${week}.1` })),
    },
    {
      what: 'one notebook that travels through many networks',
      steps: range(40).map((index) => ({ minute: 200 * index, ip: `10.0.${index}.1` })),
    },
  ])('finds nothing in $what', (story) => {
    expect(firstFinding(deviceChurn(), story)).toBeUndefined();
  });

  it('finds an account that is handed around: a device released for each new one', () => {
    const steps = range(10).map((index) => ({
      minute: DAY * index * 0.5,
      device: `d-${index}`,
      ip: `10.0.${index}.1`,
    }));
    const found = firstFinding(deviceChurn(), { steps, registered: { 'd-8': 4 * DAY, 'd-9': 5 * DAY } });
    expect(found).toEqual({ details: { count: 6, days: 7, devices: 6 } });
  });

  it('finds different browsers that take turns on one network', () => {
    const steps = range(6).map((index) => ({ minute: index, device: `d-${index}`, agent: `agent ${index}` }));
    expect(firstFinding(deviceChurn(), { steps })?.details).toMatchObject({ count: 6 });
  });

  it('takes another number of devices and days', () => {
    const steps = range(3).map((index) => ({ minute: DAY * index, device: `d-${index}` }));
    expect(firstFinding(deviceChurn({ devices: 3, days: 2 }), { steps })).toBeUndefined();
    expect(firstFinding(deviceChurn({ devices: 3, days: 3 }), { steps })?.details).toMatchObject({
      count: 3,
    });
  });
});

describe('unusualHours', () => {
  const evening = '2026-11-02T19:00:00Z';
  const HOUR = 60;

  it.each<Stories[number] & { readonly timeZone?: string }>([
    {
      what: 'somebody who always plays at the same hour',
      begin: evening,
      steps: [...habit(30), { minute: 0 }],
    },
    {
      what: 'somebody who plays four hours later than ever',
      begin: evening,
      steps: [...habit(30), { minute: 4 * HOUR }],
    },
    {
      what: 'somebody who plays at half past midnight, used to eleven in the evening',
      begin: '2026-11-02T23:00:00Z',
      steps: [...habit(30), { minute: 1.5 * HOUR }],
    },
    {
      what: 'a night nurse at three in the morning',
      begin: '2026-11-02T03:00:00Z',
      steps: [...habit(30), { minute: 0 }],
    },
    {
      what: 'a new user on the ninth day',
      begin: evening,
      steps: [...habit(9), { minute: 8 * HOUR }],
    },
    {
      what: 'a hundred lessons of one day, and one in the next night',
      begin: evening,
      steps: [...range(100).map((index) => ({ minute: index - DAY })), { minute: 8 * HOUR }],
    },
    {
      what: 'the morning after the end of summer time, four hours by the clock from the habit',
      begin: '2026-10-24T18:00:00Z',
      timeZone: 'Europe/Berlin',
      // 20:00 in summer time every day; 00:00 in winter time is 23:00 UTC.
      steps: [...habit(30), { minute: DAY + 5 * HOUR }],
    },
    {
      what: 'the same hour after summer time began',
      begin: '2027-03-28T05:00:00Z',
      timeZone: 'Europe/Berlin',
      // 07:00 in summer time; until then 07:00 in winter time, 06:00 UTC.
      steps: [...habit(30, HOUR), { minute: 0 }],
    },
    {
      what: 'habits that are older than thirty days',
      begin: evening,
      steps: [...habit(30).map(({ minute }) => ({ minute: minute - 31 * DAY })), { minute: 8 * HOUR }],
    },
  ])('finds nothing in $what', ({ timeZone, ...story }) => {
    expect(firstFinding(unusualHours({ timeZone }), story)).toBeUndefined();
  });

  it.each<Stories[number] & { readonly timeZone?: string; readonly details: unknown }>([
    {
      what: 'a play at three in the morning of somebody who plays in the evening',
      begin: evening,
      steps: [...habit(30), { minute: 8 * HOUR }],
      details: { hour: 3, timeZone: 'UTC', habitualDays: 29, hoursFromHabit: 8 },
    },
    {
      what: 'the same on the tenth day of a user',
      begin: evening,
      steps: [...habit(10), { minute: 8 * HOUR }],
      details: { hour: 3, timeZone: 'UTC', habitualDays: 10, hoursFromHabit: 8 },
    },
    {
      what: 'the hour of the users’ own clock in summer time',
      begin: '2026-07-06T18:00:00Z',
      timeZone: 'Europe/Berlin',
      steps: [...habit(12), { minute: 9 * HOUR }],
      details: { hour: 5, timeZone: 'Europe/Berlin', habitualDays: 12, hoursFromHabit: 9 },
    },
  ])('finds $what', ({ timeZone, details, ...story }) => {
    expect(firstFinding(unusualHours({ timeZone }), story)).toEqual({ details });
  });

  it('finds the first night in another time zone, and nothing in the second one', () => {
    const nights = [{ minute: 8 * HOUR }, { minute: 8 * HOUR + DAY }];
    expect(
      firstFinding(unusualHours(), { begin: evening, steps: [...habit(30), ...nights.slice(0, 1)] }),
    ).toBeDefined();
    const second = unusualHours().find({
      userId: 'user',
      at: new Date('2026-11-04T03:00:00Z'),
      accesses: [...habit(30), ...nights].map(({ minute }) => ({
        userId: 'user',
        lessonId: 'l',
        deviceId: 'd',
        ipAddress: '::1',
        userAgent: '',
        accessedAt: new Date(new Date(evening).getTime() + 60_000 * minute),
      })),
      devices: [],
    });
    expect(second).toBeUndefined();
  });

  it('throws a RangeError for a time zone that does not exist, when the rule is made', () => {
    expect(() => unusualHours({ timeZone: 'Europe/Atlantis' })).toThrow(RangeError);
  });
});
