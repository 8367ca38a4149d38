/**
 * The one file that the migration changes. Before, it was
 *
 *   const s3 = new S3Client({});
 *   export async function streamUrl(videoPath: string) {
 *     const command = new GetObjectCommand({ Bucket: process.env.BUCKET, Key: videoPath });
 *     return { url: await getSignedUrl(s3, command, { expiresIn: 14_400 }), expiresIn: 14_400 };
 *   }
 *
 * `envKey` reads CLOUDFRONT_DOMAIN, CLOUDFRONT_KEY_PAIR_ID and CLOUDFRONT_PRIVATE_KEY: a PEM or the base64 of it,
 * repaired where an .env file has wrapped or indented it, and refused with what is wrong where it cannot be.
 */

import { createSigner, envKey } from '@storytime/signer';

const signer = createSigner({ key: envKey() });

/** @param videoPath the object's key, as the database has it: `videos/lecture.mp4`, not encoded */
export async function streamUrl(videoPath: string): Promise<{ url: string; expiresIn: number }> {
  const path = videoPath.split('/').map(encodeURIComponent).join('/');
  const { url, expiresIn } = await signer.signUrl(`/${path}`, { expiresIn: '4h' });
  return { url, expiresIn };
}
