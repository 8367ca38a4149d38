/** `hlsGroupSettings.encryption` as far as it can be carried out: one static key, a vector for each segment, both in the playlists. */
import { z } from 'zod';
import type { StreamEncryption } from './encrypt-stream.ts';

export const encryption = z
  .strictObject({
    type: z.literal('STATIC_KEY'),
    encryptionMethod: z.literal('AES128'),
    initializationVectorInManifest: z.literal('INCLUDE'),
    staticKeyProvider: z.strictObject({
      keyFormat: z.literal('identity').optional(),
      // No message repeats the value.
      staticKeyValue: z.string().regex(/^[0-9a-fA-F]{32}$/, 'expected 32 hexadecimal digits'),
      url: z
        .string()
        .regex(/^https?:\/\/[^\s"\p{Cc}]+$/u, 'expected an http or https address without quotes'),
    }),
  })
  .transform(
    ({ staticKeyProvider: { staticKeyValue, url } }): StreamEncryption => ({
      key: Buffer.from(staticKeyValue, 'hex'),
      keyUrl: url,
    }),
  )
  .optional();
