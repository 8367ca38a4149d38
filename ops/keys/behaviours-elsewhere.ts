/** Which behaviours of a distribution do not trust the key group that they should. Pure. */
import type { BehaviourSummary } from '../../aws/cloudfront/distribution.ts';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { hlsBehaviours } from '../../modules/cloudfront_hls/index.ts';

type ThumbnailsOf = Pick<EnvironmentConfig, 'pathPrefix' | 'publicThumbnails'>;

/** The path patterns of those that trust something else than the group alone; thumbnails trust nothing where they are public. */
export function behavioursElsewhere(
  behaviours: readonly Pick<BehaviourSummary, 'pathPattern' | 'keyGroupIds'>[],
  groupId: string | undefined,
  { pathPrefix, publicThumbnails }: ThumbnailsOf,
): string[] {
  const open = hlsBehaviours(pathPrefix)
    .filter(({ serves }) => publicThumbnails && serves === 'thumbnail')
    .map(({ pathPattern }) => pathPattern);
  return behaviours
    .filter(({ keyGroupIds }) => keyGroupIds?.join() !== groupId)
    .filter(({ pathPattern, keyGroupIds }) => keyGroupIds !== null || !open.includes(pathPattern))
    .map(({ pathPattern }) => pathPattern);
}
