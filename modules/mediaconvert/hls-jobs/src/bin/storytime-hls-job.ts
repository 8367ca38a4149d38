/** Prints the JSON of a CreateJob call, made from the arguments and the environment variables. */
import { parseArgs } from 'node:util';
import { type CreateJobOptions, createJobInput } from '../create-job-input.ts';
import { APPLE_H264_LADDER } from '../ladder.ts';
import { spelled } from '../spelling.ts';
import { inCommandLineWords } from './command-words.ts';
import { ArgumentError, OPTIONS, type OptionValues, readOptions } from './read-options.ts';

/** The process, as far as the program sees it. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** All that the descriptor gives; 0 is standard input. */
  readonly readDescriptor: (descriptor: number) => string;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
}

const LADDER = APPLE_H264_LADDER.map((rung) => `${rung.shortSidePixels}:${rung.maxBitrateBps}`).join(',');

const HELP = `storytime-hls-job: the input of MediaConvert's CreateJob for one book, as JSON

  storytime-hls-job --book-id 42 --master s3://masters/uploads/42/master --source 1920x1080 --duration 634.5

What to make
  --book-id <id>              files go below <prefix>/<id>/, the playlist is <prefix>/<id>/index.m3u8
  --master <s3://… or key>    the master; a key is looked for in MASTER_UPLOADS_BUCKET
  --title-version <n>         a later encode of the title, from 2 on: it goes to <prefix>/<id>/v<n>/ (1)
  --master-version <text>     distinguishes this upload of the master from an earlier one
  --source <width>x<height>   the picture as displayed; no rung is above it
  --duration <seconds>        the master's length; required where a longest length is set, see below
  --silent                    the master has no sound
  --ladder <p:bps,…>          short sides and ceilings (${LADDER});
                              with a third number, the bit rate of the sound (128000), for example 360:365000:64000
  --frames-per-second <n>     the master's; above 60, renditions have half or a third as many, or 60
  --scan progressive|interlaced  how the master's pictures are stored (unknown: de-interlaced where flagged)
  --color bt709|other         the master's colours; other is HDR, BT.2020, P3, BT.601 (unknown: converted where stated)
  --hdr sdr                   HDR is converted to BT.709 (sdr); H.264 cannot keep it
  --segment-seconds <n>       length of a segment (6)
  --packaging hls-ts|cmaf     MPEG-TS or fragmented MP4 (hls-ts)
  --audio muxed|group         sound in every rendition or a rendition of its own (muxed; cmaf: group)
  --audio-track <lang=label=n>  a track of the master's sound, for example DEU=Deutsch=2; the first is the default one;
                              repeatable
  --surround ac3              5.1 sound as well, of a master that has it
  --loudness=<LUFS>           what every track is brought to, -59 to 0: -23 by EBU R 128
  --i-frame-playlists         a playlist of I-frames beside each rendition's
  --program-date-time <day>   playlists date their segments, from this day's midnight on (hls-ts only): 2026-12-01
  --min-final-segment-seconds <n>  a shorter last segment is joined with the one before it
  --captions <lang=label=s3://…>  a caption file, for example ENG=English=s3://masters/uploads/42/en.srt; or a channel
                              inside the master, ENG=English=CC1. The first is the default one; repeatable

Encryption
  --key-url <https://…>       else CONTENT_KEY_URL; encrypts with AES-128, and players get the key there (hls-ts only)
  --key-fd <n>                the file descriptor to read the content key from, 32 hexadecimal digits (0 is standard
                              input); else CONTENT_KEY. What is printed then holds the key: pipe it to the AWS CLI

Where and how
  --longest-master-seconds <n>  else LONGEST_MASTER_SECONDS; a longer master, or one without --duration, is refused
  --path-prefix <folder>      else HLS_PATH_PREFIX (books)
  --outputs-bucket <name>     else HLS_OUTPUTS_BUCKET
  --queue-arn <arn>           else MEDIACONVERT_QUEUE_ARN
  --role-arn <arn>            else MEDIACONVERT_ROLE_ARN
  --job-template <name>       a template to inherit priority and hop from; none unless named here
  --priority=<n>              -50 to 50
  --hop <arn=minutes>         another queue, after so many minutes
  --acceleration disabled|enabled|preferred  encodes parts of a long master at once, at a higher price
  --client-request-token <t>  else derived from all of the above: the same call is the same job
  --metadata <key=value>      comes back in every event of the job; repeatable
  --tag <key=value>           AWS tag of the job; repeatable

  --keys pascal|rest|ruby     spelling: AWS CLI and SDKs, the REST API, Aws::MediaConvert::Client (pascal)

Prints one line of JSON. Exit codes: 0 printed, 2 misuse.
`;

/** @returns the exit code */
export function runCommandLine(argv: readonly string[], terminal: Terminal): number {
  try {
    const values = parse(argv);
    if (values.help === true) {
      terminal.writeOut(HELP);
      return 0;
    }
    const { keys, ...options } = readOptions(values, terminal.env, terminal.readDescriptor);
    terminal.writeOut(
      `${JSON.stringify(spelled(createJobInput(options satisfies CreateJobOptions), keys))}\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof ArgumentError || error instanceof TypeError)) throw error;
    const said = error instanceof ArgumentError ? error.message : inCommandLineWords(error);
    terminal.writeError(`storytime-hls-job: ${said}; --help lists the options\n`);
    return 2;
  }
}

function parse(argv: readonly string[]): OptionValues {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch (error) {
    throw new ArgumentError((error instanceof Error ? error.message : String(error)).split('. ')[0] ?? '');
  }
}
