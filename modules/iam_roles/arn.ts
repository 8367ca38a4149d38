/** Parts of ARNs, both literal ones and references that are known only at apply. */
import { Fn, Token } from 'cdktf';
import { regionIn, resourceIn } from '../../aws/values/arns.ts';
import { refuse } from '../checks.ts';

/** The region in an ARN, its fourth part. */
export function regionOf(arn: string): string {
  if (Token.isUnresolved(arn)) return Fn.element(Fn.split(':', arn), 3);
  return regionIn(arn);
}

/** The part after `oidc-provider/`: the issuer's address without `https://`, which condition keys begin with. */
export function issuerOf(oidcProviderArn: string): string {
  if (Token.isUnresolved(oidcProviderArn)) return Fn.replace(oidcProviderArn, '/^.*:oidc-provider//', '');
  return oidcProviderArn.replace(/^.*:oidc-provider\//, '');
}

/**
 * The name in a bucket's ARN, its sixth part. A reference has no name yet, and a Terraform function would put its quotes
 * into the policy's JSON, so that no guardrail could read it.
 *
 * @throws TypeError for an ARN that is known only at apply
 */
export function bucketOf(option: string, arn: string): string {
  if (Token.isUnresolved(arn)) refuse(option, 'an ARN written out, arn:aws:s3:::<name>', arn);
  return resourceIn(arn);
}
