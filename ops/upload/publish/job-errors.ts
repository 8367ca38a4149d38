/**
 * MediaConvert's error codes in plain words: what happened, and what to do about it. Those are here that a job of this
 * library can end with. Pure.
 *
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/mediaconvert_error_codes.html
 */
import { printableLine } from '../../../envs/printable.ts';

interface Explanation {
  readonly what: string;
  readonly remedy: string;
}

const EXPORT_AGAIN = 'export it again as H.264 MP4, then upload that file';
const CHECK_ROLE = 'check mediaconvert_role_arn and its policies with npm run plan';
const RUN_AGAIN = 'run the same command again';
const ASK_AWS = `${RUN_AGAIN}; if it fails again, ask AWS Support with the job id`;

const EXPLANATIONS: ReadonlyMap<number, Explanation> = new Map([
  [1010, { what: 'MediaConvert cannot open the master or its captions', remedy: EXPORT_AGAIN }],
  [1020, { what: 'MediaConvert finds no picture in the master', remedy: EXPORT_AGAIN }],
  [1021, { what: 'MediaConvert finds no sound in the master', remedy: EXPORT_AGAIN }],
  [
    1022,
    { what: 'MediaConvert cannot read the captions', remedy: 'save them again as WebVTT or SRT in UTF-8' },
  ],
  [
    1030,
    { what: 'MediaConvert does not support the codec or the container of the master', remedy: EXPORT_AGAIN },
  ],
  [
    1040,
    {
      what: 'the settings of the job do not fit together or do not fit the master',
      remedy: 'compare ladder, packaging and audio of the environment with the master',
    },
  ],
  [1041, { what: 'the settings of the job do not allow acceleration', remedy: 'turn acceleration off' }],
  [1042, { what: 'the job is too small for acceleration', remedy: 'turn acceleration off' }],
  [1050, { what: 'the disk of MediaConvert is full', remedy: 'cut the video into shorter ones' }],
  [1056, { what: 'MediaConvert cannot open an input or output file', remedy: CHECK_ROLE }],
  [1060, { what: 'the master does not contain the clip that the job asks for', remedy: EXPORT_AGAIN }],
  [1075, { what: 'the master is damaged, and MediaConvert cannot read on', remedy: EXPORT_AGAIN }],
  [1076, { what: 'the master ends too early', remedy: 'copy or export it again, then upload that file' }],
  [1092, { what: 'MediaConvert cannot decode the sound of the master', remedy: EXPORT_AGAIN }],
  [
    1401,
    {
      what: 'S3 denied MediaConvert access to a bucket or a file',
      remedy: 'check the bucket policies, the KMS key policy and the policies of mediaconvert_role_arn',
    },
  ],
  [
    1404,
    {
      what: 'MediaConvert does not find the master, its captions or a bucket',
      remedy: `check that nobody deleted or archived the master, then ${RUN_AGAIN}`,
    },
  ],
  [1432, { what: 'the role of the job lacks a permission or has another problem', remedy: CHECK_ROLE }],
  [1433, { what: 'the role of the job does not exist', remedy: CHECK_ROLE }],
  [1434, { what: 'MediaConvert may not assume the role of the job', remedy: CHECK_ROLE }],
  [1507, { what: 'the disk of MediaConvert is full', remedy: 'cut the video into shorter ones' }],
  [1515, { what: 'the role of the job lacks a permission or is malformed', remedy: CHECK_ROLE }],
  [1550, { what: 'acceleration failed', remedy: ASK_AWS }],
  [1999, { what: 'MediaConvert failed for a reason of its own', remedy: ASK_AWS }],
]);

/**
 * One line. MediaConvert's own message names what it is about, such as a file or a setting; of a code that is not
 * documented it is all there is.
 */
export function explainJobError(code: number | null, message: string): string {
  const said = printableLine(message.trim()).replace(/\.$/, '');
  const known = code === null ? undefined : EXPLANATIONS.get(code);
  if (known === undefined) return `MediaConvert error ${code ?? 'without a code'}: ${said}`;
  return `${known.what} (error ${code}: ${said}): ${known.remedy}`;
}
