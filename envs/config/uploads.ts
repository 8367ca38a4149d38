/** What the admin console may upload. Each of these fields stands alone: there is no rule between them. */
import { MOST_OBJECT_BYTES } from '../../aws/values/s3-limits.ts';
import { MAX_MASTER_SECONDS } from '../../modules/mediaconvert/hls-jobs/src/index.ts';
import { field } from './field.ts';
import { LOOPBACK_IN_PROD, list, origin, text, whole } from './kinds.ts';

export const uploads = {
  /** Exact origins of the admin console, from where browsers upload. */
  uploadOrigins: field(list(origin(), 'a list of origins'), {
    devAndProd: 'may differ',
    inProd: LOOPBACK_IN_PROD,
  }),
  /** Where presigned uploads go in the masters bucket; ends in a slash. */
  uploadKeyPrefix: field(
    text(/^(?:[\w-]+\/)+$/, 'a key prefix such as "uploads/": no leading slash, one at the end'),
    { devAndProd: 'same' },
  ),
  /**
   * Largest master, up to S3's 48.8 TiB (10,000 parts of 5 GiB). A presigned POST takes 5 GiB at most: `npm run upload` and
   * presigned parts take the rest.
   */
  uploadMaxBytes: field(whole(1, MOST_OBJECT_BYTES, 'of bytes'), { devAndProd: 'same' }),
  /**
   * Longest master that is transcoded, up to 86,400: MediaConvert's timecodes end at 24 hours. A few kilobytes can state a
   * month, and MediaConvert bills the minutes that it writes.
   */
  longestMasterSeconds: field(whole(1, MAX_MASTER_SECONDS, 'of seconds'), { devAndProd: 'same' }),
  /** What a browser may say that it uploads. */
  uploadContentTypes: field(
    list(
      text(/^[a-z]+\/[\w.+-]+$/, 'an exact content type such as "video/mp4"'),
      'at least one content type',
      1,
    ),
    { devAndProd: 'same' },
  ),
  /** How long a presigned upload is good for. */
  uploadExpirySeconds: field(whole(60, 7 * 86_400, 'of seconds'), { devAndProd: 'same' }),
};
