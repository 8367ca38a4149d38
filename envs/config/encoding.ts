/** What MediaConvert makes of a master, and in which queue. */
import { z } from 'zod';
import { accountIn, MEDIACONVERT_QUEUE_ARN, regionIn, resourceIn } from '../../aws/values/arns.ts';
import { resourcePrefix } from '../names.ts';
import type { account } from './account.ts';
import { field, type Values } from './field.ts';
import { flag, list, oneOf, text, whole } from './kinds.ts';
import { type Rule, rulesAbout, when } from './rule.ts';

export const encoding = {
  /** Renditions, lowest first. */
  ladder: field(
    list(
      z.strictObject(
        {
          /** Height of a horizontal picture, width of a vertical one; even. */
          shortSidePixels: whole(144, 2160, 'of pixels').refine((n) => n % 2 === 0, {
            error: 'an even number of pixels',
          }),
          maxBitrateBps: whole(50_000, 50_000_000, 'of bits per second'),
        },
        { error: 'a rung: { shortSidePixels, maxBitrateBps }' },
      ),
      'at least one rung',
      1,
    ),
    { devAndProd: 'same' },
  ),
  /** Length of a segment, 2 to 10. */
  segmentSeconds: field(whole(2, 10, 'of seconds'), { devAndProd: 'same' }),
  /** TS segments play everywhere; CMAF needs separate audio (`audio: 'group'`). */
  packaging: field(oneOf('hls-ts', 'cmaf'), { devAndProd: 'same' }),
  /** Audio in every rendition, or once as a separate group; CMAF needs the group. */
  audio: field(oneOf('muxed', 'group'), { devAndProd: 'same' }),
  /** Whether players get pictures while a viewer seeks. */
  iFramePlaylists: field(flag(), { devAndProd: 'same' }),
  /** Of jobs in their queue, -50 to 50: higher ones first. */
  jobPriority: field(whole(-50, 50, 'as priority'), { devAndProd: 'same' }),
  /** Another queue for jobs that have waited too long; null for none. */
  jobHop: field(
    z
      .strictObject(
        {
          queueArn: text(MEDIACONVERT_QUEUE_ARN, 'the ARN of a MediaConvert queue'),
          afterMinutes: whole(1, 4320, 'of minutes'),
        },
        { error: '{ queueArn, afterMinutes }, or null' },
      )
      .nullable(),
    { devAndProd: 'may differ' },
  ),
  /** How the backend learns that a job has ended: from a queue, from a queue with a topic for other readers, or not at all (it polls). */
  jobEvents: field(oneOf('none', 'queue', 'queue-and-topic'), { devAndProd: 'same' }),
};

type Known = Values<typeof account & typeof encoding>;
const rule = rulesAbout<Known>();

export const encodingRules: readonly Rule[] = [
  rule(['ladder'], ({ ladder }) => rises(ladder, 'shortSidePixels')),
  rule(['ladder'], ({ ladder }) => rises(ladder, 'maxBitrateBps')),
  rule(['packaging', 'audio'], ({ packaging, audio }) =>
    when(
      packaging === 'cmaf' && audio === 'muxed',
      'audio',
      '"group" with packaging "cmaf", because its audio tracks are separate files',
      audio,
    ),
  ),
  // MediaConvert hops between the queues of one account and region.
  rule(['jobHop', 'awsRegion', 'allowedAccountIds'], ({ jobHop, awsRegion, allowedAccountIds }) => {
    const arn = jobHop?.queueArn ?? '';
    return when(
      jobHop !== null && (regionIn(arn) !== awsRegion || !allowedAccountIds.includes(accountIn(arn))),
      'jobHop.queueArn',
      `a queue in ${awsRegion} of account ${allowedAccountIds[0]}`,
      jobHop?.queueArn,
    );
  }),
  rule(['jobHop', 'projectName', 'environment'], ({ jobHop, ...named }) =>
    when(
      resourceIn(jobHop?.queueArn ?? '') === `queues/${resourcePrefix(named)}`,
      'jobHop.queueArn',
      'a different queue from the one that jobs start in',
      jobHop?.queueArn,
    ),
  ),
];

function rises(ladder: Known['ladder'], of: keyof Known['ladder'][number]) {
  return ladder.flatMap((rung, index) => {
    const below = ladder[index - 1];
    if (below === undefined) return [];
    const wanted = `more than the rung below (${below[of]})`;
    return when(rung[of] <= below[of], `ladder[${index}].${of}`, wanted, rung[of]);
  });
}
