/** Names of public keys in CloudFront, as `modules/cloudfront_hls` gives them. Pure. */

export interface KeyName {
  /** `storytime-dev` */
  readonly prefix: string;
  readonly generation: string;
}

/** With the beginning of the fingerprint, or without for a pair in KMS; null for a key that is named otherwise. */
export function parseKeyName(name: string): KeyName | null {
  const [, prefix, generation] = /^(.+)-(\d{4}-\d{2}-[a-z])(?:-[0-9a-f]{12})?$/.exec(name) ?? [];
  return prefix === undefined || generation === undefined ? null : { prefix, generation };
}
