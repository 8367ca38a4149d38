/** The example with two providers behind one `streamUrl`: what each signs is judged as CloudFront and as Bunny judge it. */

import { createSigner, staticKey } from '@storytime/signer';
import { beforeEach, describe, expect, it } from 'vitest';
import { createStreaming, type Title } from '../../../signer/examples/two-providers/catalogue.ts';
import { bunnySigner, judgeBunny, OTHER_VIDEO, VIDEO } from '../bunny/fixtures.ts';
import { ACCEPTED, REFUSED } from '../bunny/pasted.ts';
import { DOMAIN, ec, failureOf, judge, KEY_PAIR_ID, NOW } from '../fixtures.ts';

let titles: Map<string, Title>;
let asked: string[];
const streaming = createStreaming(
  {
    find: async (titleId) => titles.get(titleId) ?? null,
    save: async (title) => {
      titles.set(title.id, title);
    },
    isEnrolled: async (userId, titleId) => {
      asked.push(`${userId} ${titleId}`);
      return userId === 's1';
    },
  },
  {
    cloudFront: createSigner({
      key: staticKey({ keyPairId: KEY_PAIR_ID, privateKey: ec.privatePem }),
      domain: DOMAIN,
      now: () => NOW,
    }),
    bunny: bunnySigner(),
  },
);

beforeEach(() => {
  asked = [];
  titles = new Map([
    ['cf', { id: 'cf', playlist_path: '/books/42/index.m3u8', bunny_video_id: null }],
    ['bn', { id: 'bn', playlist_path: null, bunny_video_id: VIDEO }],
  ]);
});

describe('one call for both providers', () => {
  it('signs a title on CloudFront: the playlist and its segments', async () => {
    const { url = '', expiresIn } = (await streaming.play('s1', 'cf')) ?? {};
    expect(expiresIn).toBe(4 * 3600);
    expect(judge(ec, { url })).toMatchObject({ allowed: true });
    expect(judge(ec, { url: url.replace('index.m3u8', 'index_720p_00001.ts') })).toMatchObject({
      allowed: true,
    });
    expect(judge(ec, { url: url.replace('/42/', '/43/') })).toMatchObject({ reason: 'resource-mismatch' });
  });

  it('signs a title on Bunny: the playlist and its segments', async () => {
    const { url = '', expiresIn } = (await streaming.play('s1', 'bn')) ?? {};
    expect(expiresIn).toBe(4 * 3600);
    expect(judgeBunny(url)).toMatchObject({ allowed: true });
    expect(judgeBunny(url.replace('playlist.m3u8', '720p/video0.ts'))).toMatchObject({ allowed: true });
    expect(judgeBunny(url.replace(`${VIDEO}/playlist`, `${OTHER_VIDEO}/playlist`))).toMatchObject({
      reason: 'resource-mismatch',
    });
  });

  it('answers in one shape', async () => {
    const answers = await Promise.all([streaming.play('s1', 'cf'), streaming.play('s1', 'bn')]);
    expect(answers.map((answer) => ({ ...answer, url: typeof answer?.url }))).toEqual([
      { ...answers[0], url: 'string' },
      { ...answers[0], url: 'string' },
    ]);
  });
});

describe('nothing is signed', () => {
  it.each(['cf', 'bn'])('for a user who is not enrolled: %s', async (titleId) => {
    expect(await streaming.play('s2', titleId)).toBeNull();
    expect(asked).toEqual([`s2 ${titleId}`]);
  });

  it('for a title that is not there', async () => {
    expect(await streaming.play('s1', 'x')).toBeNull();
  });

  it('for a title without a video', async () => {
    titles.set('none', { id: 'none', playlist_path: null, bunny_video_id: null });
    expect(await failureOf(() => streaming.play('s1', 'none'))).toMatchObject({
      message: 'a title without a video',
    });
  });
});

describe('what an administrator pastes', () => {
  it.each(ACCEPTED)('is stored as its id alone: %s', async (pasted) => {
    await streaming.addBunnyTitle('new', pasted);
    expect(titles.get('new')).toEqual({ id: 'new', playlist_path: null, bunny_video_id: VIDEO });
  });

  it.each(REFUSED)('is refused with status 400, and nothing is stored: %j', async (pasted) => {
    const { error } = await failureOf(() => streaming.addBunnyTitle('new', pasted));
    expect(error).toMatchObject({ status: 400 });
    expect(titles.has('new')).toBe(false);
  });
});
