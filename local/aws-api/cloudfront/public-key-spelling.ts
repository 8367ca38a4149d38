/** How CloudFront spells a public key that it was given. */
import { createPublicKey } from 'node:crypto';
import { element, textOf } from '../xml.ts';
import type { SubmittedConfig } from './store.ts';

/**
 * The configuration with the key in lines of 64 columns and one line break at its end, whatever was submitted. To
 * Terraform any other spelling is another key, and it plans to replace it again and again.
 *
 * @see https://github.com/hashicorp/terraform-provider-aws/issues/40295
 */
export function withKeptSpelling({ xml, parsed }: SubmittedConfig): SubmittedConfig {
  const pem = createPublicKey(textOf(parsed, 'EncodedKey')).export({ type: 'spki', format: 'pem' });
  return {
    parsed,
    xml: xml.replace(/<EncodedKey>[^<]*<\/EncodedKey>/, () => element('EncodedKey', pem.toString())),
  };
}
