/** `@storytime/signer/verify`: what CloudFront would say to a request. */

export { type ExplainRequest, explain } from './explain.ts';
export type {
  Allowed,
  CloudFrontErrorCode,
  DecodedPolicy,
  DenialReason,
  Denied,
  SignedVia,
  Verdict,
} from './verdict.ts';
