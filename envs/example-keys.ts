/** The keys that the repository ships so that a fresh clone plans. Nobody has their private keys. */
import { keyFingerprint } from '../modules/cloudfront_hls/index.ts';
import type { TrustedKeys } from './keys.ts';

const EXAMPLE_FINGERPRINTS: ReadonlySet<string> = new Set([
  // envs/keys/dev/2026-11-a.pem
  '2c41afccb59c6851fb9e9d5bd3daddcf270668fb360b6efd9dd1027ca65f0601',
  // envs/keys/prod/2026-11-a.pem
  '9d32a79735cb6644015a83c31d30a2e392f6a351b0c0059afccc9ca663ec33d4',
]);

/** The generations whose key is an example: applied to AWS, no signature would ever open them. */
export function exampleGenerations({ generations }: TrustedKeys): string[] {
  return Object.entries(generations)
    .filter(([, pem]) => EXAMPLE_FINGERPRINTS.has(keyFingerprint(pem)))
    .map(([generation]) => generation);
}
