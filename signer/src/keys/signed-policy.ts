/** A policy's text and its signature, in the form that travels. */

export interface SignedPolicy {
  /** CloudFront's base64 of the text. */
  readonly policy: string;
  /** CloudFront's base64 of the signature. */
  readonly signature: string;
}
