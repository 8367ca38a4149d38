import { describe, expect, it } from 'vitest';
import { RequestFeed } from '../../../local/demo/request-feed.ts';

describe('the request feed', () => {
  it('gives a late follower what has been, then what comes', async () => {
    const feed = new RequestFeed<string>();
    const stop = new AbortController();
    feed.publish('first');
    const seen: string[] = [];
    const following = (async () => {
      for await (const entry of feed.follow(stop.signal)) {
        seen.push(entry);
        if (seen.length === 3) stop.abort();
      }
    })();
    feed.publish('second');
    feed.publish('third');
    await following;

    expect(seen).toEqual(['first', 'second', 'third']);
  });

  it('ends for a follower that leaves while nothing happens', async () => {
    const stop = new AbortController();
    const following = new RequestFeed<string>().follow(stop.signal).next();
    stop.abort();

    expect(await following).toEqual({ done: true, value: undefined });
  });

  it('keeps the newest two hundred', async () => {
    const feed = new RequestFeed<number>();
    for (let entry = 0; entry < 250; entry += 1) feed.publish(entry);

    expect((await feed.follow(new AbortController().signal).next()).value).toBe(50);
  });

  it('keeps no more for a reader that stalls than for one that comes late', async () => {
    const stop = new AbortController();
    const feed = new RequestFeed<number>(3);
    const reader = feed.follow(stop.signal);
    feed.publish(0);
    expect((await reader.next()).value).toBe(0);
    for (let entry = 1; entry <= 10; entry++) feed.publish(entry);
    const read = [await reader.next(), await reader.next(), await reader.next()];
    expect(read.map(({ value }) => value)).toEqual([8, 9, 10]);
    stop.abort();
  });
});
