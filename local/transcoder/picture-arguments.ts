/** What the ffmpeg command does with the picture: its frame rate, its size, H.264 of it, and captured frames. */

import type { ProbedVideo } from '../../ops/probe/probe.ts';
import type { FrameCaptureOutput, PictureOutput, SupportedSettings } from './supported-settings.ts';

/** Keyframes at most this far apart: seeking and switching stay quick within longer segments. */
const MAX_GOP_SECONDS = 2;
/** Some containers count ticks instead of pictures and state 1000 a second. */
const MAX_FRAMES_PER_SECOND = 120;
/** A slide show has a picture a minute; a segment needs one to begin with, and less than 0.0001 a second is none. */
const MIN_FRAMES_PER_SECOND = 1;
/** What an output may be longer than its input: sound that is finished, the last picture's own time. */
const STOP_AFTER_SECONDS = 1;

export interface SourcePicture {
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  readonly hasAudio: boolean;
  readonly rotates: boolean;
  /** Where every output ends, whatever ffmpeg makes of the timestamps. */
  readonly stopSeconds: number;
}

export function sourcePicture(settings: SupportedSettings, video: ProbedVideo): SourcePicture {
  const rotates = settings.input.videoSelector?.rotate === 'AUTO';
  const isTurned = video.rotationDegrees === 90 || video.rotationDegrees === 270;
  const asStored = !rotates && isTurned;
  return {
    width: asStored ? video.height : video.width,
    height: asStored ? video.width : video.height,
    framesPerSecond: Math.min(Math.max(video.framesPerSecond, MIN_FRAMES_PER_SECOND), MAX_FRAMES_PER_SECOND),
    hasAudio: video.hasAudio,
    rotates,
    stopSeconds: Math.ceil(video.durationSeconds) + STOP_AFTER_SECONDS,
  };
}

export function videoArguments(
  output: PictureOutput,
  segmentSeconds: number,
  source: SourcePicture,
): string[] {
  const { framesPerSecond } = outputRate(output, source);
  const { h264Settings } = output.videoDescription.codecSettings;
  const gopSeconds = segmentSeconds / Math.ceil(segmentSeconds / MAX_GOP_SECONDS);
  const profile = h264Settings.codecProfile.toLowerCase();
  return [
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', profile, '-pix_fmt', 'yuv420p'],
    ...['-crf', String(constantRateFactor(h264Settings.qvbrSettings?.qvbrQualityLevel))],
    ...['-maxrate', String(h264Settings.maxBitrate), '-bufsize', String(2 * h264Settings.maxBitrate)],
    // Keyframes by time, so that every variant cuts its segments at the same instants; none of x264's own in between.
    ...['-force_key_frames', `expr:gte(t,n_forced*${gopSeconds})`, '-sc_threshold', '0'],
    ...['-g', String(Math.ceil(2 * gopSeconds * framesPerSecond))],
  ];
}

/** The rate that the settings specify, or the source's. */
export function outputRate(
  output: PictureOutput,
  source: SourcePicture,
): { readonly framesPerSecond: number; readonly filters: string[] } {
  const { framerateNumerator: numerator, framerateDenominator: denominator } =
    output.videoDescription.codecSettings.h264Settings;
  if (numerator === undefined || denominator === undefined) {
    return { framesPerSecond: source.framesPerSecond, filters: [] };
  }
  return { framesPerSecond: numerator / denominator, filters: [`fps=${numerator}/${denominator}`] };
}

/** QVBR 7 looks like x264's CRF 23; a level is worth two steps. */
function constantRateFactor(qualityLevel = 7): number {
  return 23 + 2 * (7 - qualityLevel);
}

/** The first picture, then one per interval. The half millisecond is for times that no float holds exactly. */
export function captureFilter(output: FrameCaptureOutput): string[] {
  const everySeconds = captureSeconds(output);
  return [`select='gte(t+0.0005,selected_n*${everySeconds})'`, 'setpts=N/TB'];
}

function captureSeconds(output: FrameCaptureOutput): number {
  const capture = output.videoDescription.codecSettings.frameCaptureSettings;
  return capture.framerateDenominator / capture.framerateNumerator;
}

export function captureArguments(output: FrameCaptureOutput, source: SourcePicture, stem: string): string[] {
  const capture = output.videoDescription.codecSettings.frameCaptureSettings;
  const most = Math.min(capture.maxCaptures, Math.ceil(source.stopSeconds / captureSeconds(output)));
  return [
    // One picture per second of rewritten time, which keeps ffmpeg from filling gaps with copies.
    ...['-r', '1', '-frames:v', String(most)],
    ...['-c:v', 'mjpeg', '-q:v', String(jpegQuantizer(capture.quality)), '-pix_fmt', 'yuvj420p'],
    ...['-f', 'image2', '-start_number', '0', `${stem}.%07d.jpg`],
  ];
}

/** MediaConvert's 1 (worst) to 100 on ffmpeg's 31 (worst) to 2. */
function jpegQuantizer(quality: number): number {
  return Math.round(31 - (29 * (quality - 1)) / 99);
}

/** Fits the source into the output's frame: scaled whole, with black bars where the shapes differ, or stretched. */
export function scale(output: PictureOutput | FrameCaptureOutput, source: SourcePicture): string[] {
  const frame = frameSize(output);
  const factor = Math.min(frame.width / source.width, frame.height / source.height);
  const fitted = { width: source.width * factor, height: source.height * factor };
  const isStretched =
    output.videoDescription.scalingBehavior === 'STRETCH_TO_OUTPUT' ||
    // A frame rounded to even numbers has the source's shape all but a pixel: no bars for that.
    (frame.width - fitted.width <= 2 && frame.height - fitted.height <= 2);
  // Readers of JPEG expect the matrix of BT.601, whatever the video has: greens would be brighter with another.
  const matrix =
    'frameCaptureSettings' in output.videoDescription.codecSettings ? ':out_color_matrix=bt601' : '';
  if (isStretched) return [`scale=${frame.width}:${frame.height}${matrix}`, 'setsar=1'];
  const [width, height] = [evenAtLeastTwo(fitted.width), evenAtLeastTwo(fitted.height)];
  return [
    `scale=${width}:${height}${matrix}`,
    `pad=${frame.width}:${frame.height}:(ow-iw)/2:(oh-ih)/2`,
    'setsar=1',
  ];
}

/** H.264 and JPEG with 4:2:0 chroma take even sides only. */
export function frameSize(output: PictureOutput | FrameCaptureOutput): { width: number; height: number } {
  const { width, height } = output.videoDescription;
  return { width: evenAtLeastTwo(width), height: evenAtLeastTwo(height) };
}

function evenAtLeastTwo(pixels: number): number {
  return Math.max(2, 2 * Math.floor(pixels / 2));
}

/** As a fraction where it is one of NTSC's: 29.97 for an hour is three frames off. */
export function frameRate(framesPerSecond: number): string {
  const ntsc = Math.round(framesPerSecond * 1.001);
  if (Math.abs(ntsc / 1.001 - framesPerSecond) < 0.0005) return `${ntsc * 1000}/1001`;
  return String(Number(framesPerSecond.toFixed(4)));
}
