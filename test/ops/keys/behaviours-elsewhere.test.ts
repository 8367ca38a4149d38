import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hlsBehaviours } from '../../../modules/cloudfront_hls/index.ts';
import { behavioursElsewhere } from '../../../ops/keys/behaviours-elsewhere.ts';

const PATTERNS = [...hlsBehaviours('lessons').map(({ pathPattern }) => pathPattern), '*'];
const THUMBNAILS = 'lessons/*/thumbnails/*';
const open = { pathPrefix: 'lessons', publicThumbnails: true };
const closed = { ...open, publicThumbnails: false };
const trusting = (without: readonly string[], others: readonly string[] = []) =>
  PATTERNS.map((pathPattern) => ({
    pathPattern,
    keyGroupIds: without.includes(pathPattern) ? null : others.includes(pathPattern) ? ['other'] : ['group'],
  }));

describe('behaviours that do not trust the key group', () => {
  it('are none in a distribution with public thumbnails, whose keys rotate as others do', () => {
    expect(behavioursElsewhere(trusting([THUMBNAILS]), 'group', open)).toEqual([]);
    expect(behavioursElsewhere(trusting([]), 'group', open)).toEqual([]);
  });

  it('are the thumbnails where the environment does not make them public', () => {
    expect(behavioursElsewhere(trusting([THUMBNAILS]), 'group', closed)).toEqual([THUMBNAILS]);
    expect(behavioursElsewhere(trusting([THUMBNAILS]), 'group', { ...open, pathPrefix: 'books' })).toEqual([
      THUMBNAILS,
    ]);
  });

  it('are the thumbnails where they trust another group', () => {
    expect(behavioursElsewhere(trusting([], [THUMBNAILS]), 'group', open)).toEqual([THUMBNAILS]);
  });

  it('are all the others without it, whatever else is public', () => {
    fc.assert(
      fc.property(fc.subarray(PATTERNS), fc.subarray(PATTERNS), (without, others) => {
        const wrong = PATTERNS.filter((pattern) => without.includes(pattern) || others.includes(pattern));
        const behaviours = trusting(without, others);
        expect(behavioursElsewhere(behaviours, 'group', closed)).toEqual(wrong);
        expect(behavioursElsewhere(behaviours, 'group', open)).toEqual(
          wrong.filter((pattern) => pattern !== THUMBNAILS || !without.includes(pattern)),
        );
      }),
    );
  });
});
