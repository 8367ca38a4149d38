/** The settings of captions that can be carried out; see `setting-schemas.ts`. */
import { z } from 'zod';

/** Captions inside the video (`EMBEDDED`, `ANCILLARY`, `TELETEXT`) and binary files are refused. */
export const captionSelector = z.strictObject({
  sourceSettings: z.strictObject({
    sourceType: z.enum(['SRT', 'WEBVTT', 'TTML', 'IMSC']),
    fileSourceSettings: z.strictObject({
      sourceFile: z.string().regex(/^s3:\/\/[^/]+\/.+$/s, 'expected s3://<bucket>/<key>'),
    }),
  }),
});

export const captionDescription = z.strictObject({
  captionSelectorName: z.string(),
  languageCode: z.string().regex(/^[A-Z]{3}$/, 'expected an ISO 639-2 code in capital letters'),
  languageDescription: z
    .string()
    .regex(/^[^"\p{Cc}]+$/u, 'expected text without quotes or control characters'),
  destinationSettings: z.strictObject({
    destinationType: z.literal('WEBVTT'),
    webvttDestinationSettings: z.strictObject({ stylePassthrough: z.literal('ENABLED') }),
  }),
});
