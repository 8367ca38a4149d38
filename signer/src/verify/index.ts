/** `@storytime/signer/verify`: what CloudFront would say to a request. */

export { explain } from './explain.ts';
export type { ExplainRequest } from './explain-request.ts';
export type {
  Allowed,
  CloudFrontErrorCode,
  DecodedPolicy,
  DenialReason,
  Denied,
  SignedVia,
  Verdict,
} from './verdict.ts';
