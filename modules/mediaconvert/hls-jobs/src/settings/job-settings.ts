/**
 * MediaConvert job settings for one private HLS title: an adaptive ladder, sound, captions and thumbnails.
 * The job template is made with the same code, so that operators see in the console what backends send.
 */
import type { JobSettings, OutputGroup } from '@aws-sdk/client-mediaconvert';
import { ownData } from '../own-data.ts';
import { refuse } from '../refuse.ts';
import { audioSelectors } from './audio-tracks.ts';
import { captionSelectors } from './captions.ts';
import { cmafGroup } from './cmaf-group.ts';
import { hlsGroup } from './hls-group.ts';
import { type Choices, choose, type HlsJobOptions, type HlsOutputOptions } from './options.ts';
import { timecodes } from './playlists.ts';
import { thumbnailGroup } from './thumbnails.ts';

/**
 * Complete `Settings` of a CreateJob call, in the PascalCase that the AWS SDK for JavaScript and CloudFormation share
 * (the SDK itself turns the names into the REST API's camelCase).
 *
 * Writes `index.m3u8`, `index_360p.m3u8`, `index_360p_00001.ts`, … beside each other and
 * `thumbnails/thumb.0000000.jpg`, … below them; in CMAF `index_360pinit.cmfv`, `index_360p_000000001.cmfv`, … and
 * `index_audio_000000001.cmfa`, …
 *
 * @throws TypeError when `input` or `destination` is not an S3 object address, `ladder` is empty, or an option cannot be
 * @see https://docs.aws.amazon.com/mediaconvert/latest/ug/output-file-names-and-paths.html
 */
export function hlsJobSettings(given: HlsJobOptions): JobSettings {
  const options = ownData(given);
  requireObjectAddress('input', options.input);
  requireObjectAddress('destination', options.destination);
  const choices = choose(options);
  const directory = options.destination.slice(0, options.destination.lastIndexOf('/'));
  return {
    TimecodeConfig: timecodes(choices),
    Inputs: [{ FileInput: options.input, ...inputSelectors(choices) }],
    OutputGroups: [
      packagedGroup(choices, options.destination),
      thumbnailGroup(options.source, `${directory}/thumbnails/thumb`),
    ],
  };
}

/**
 * The same settings without what only a job knows (addresses, captions, a content key): what a job template holds.
 *
 * @throws TypeError when `ladder` is empty, or an option cannot be
 */
export function hlsTemplateSettings(given: HlsOutputOptions): JobSettings {
  const options: HlsOutputOptions & Pick<HlsJobOptions, 'encryption'> = ownData(given);
  if (options.encryption !== undefined) {
    refuse('encryption', 'absent: a template is stored, and the key with it', 'a content key');
  }
  const choices = choose({ ...options, captions: [] });
  return {
    TimecodeConfig: { Source: 'ZEROBASED' },
    Inputs: [inputSelectors(choices)],
    OutputGroups: [packagedGroup(choices), thumbnailGroup(options.source)],
  };
}

function packagedGroup(choices: Choices, destination?: string): OutputGroup {
  return choices.packaging === 'cmaf' ? cmafGroup(choices, destination) : hlsGroup(choices, destination);
}

function inputSelectors({ captions, ...choices }: Choices) {
  return {
    TimecodeSource: 'ZEROBASED' as const,
    VideoSelector: { Rotate: 'AUTO' as const },
    ...(choices.audio !== 'none' && { AudioSelectors: audioSelectors(choices) }),
    ...(captions.length > 0 && { CaptionSelectors: captionSelectors(captions) }),
  };
}

function requireObjectAddress(name: string, address: string): void {
  if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/(?:.*[^/])$/s.test(address)) {
    refuse(name, 's3://<bucket>/<key> with a base name', address);
  }
}
