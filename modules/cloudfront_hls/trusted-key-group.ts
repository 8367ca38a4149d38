/** The public keys whose signatures CloudFront accepts, one per generation, in one key group. */
import { CloudfrontKeyGroup } from '@cdktf/provider-aws/lib/cloudfront-key-group/index.js';
import { CloudfrontPublicKey } from '@cdktf/provider-aws/lib/cloudfront-public-key/index.js';
import { Construct } from 'constructs';
import { keyFingerprint } from './key-fingerprint.ts';

export interface TrustedKeyGroupProps {
  /** Prefix of every CloudFront name, unique in the account. */
  readonly name: string;
  /** Generation (`2026-11-a`) to SPKI PEM with exactly one trailing newline; one to five of them. */
  readonly generations: Readonly<Record<string, string>>;
}

const FINGERPRINT_DIGITS_IN_NAME = 12;

/**
 * One CloudFront public key per generation and the key group that trusts them all.
 *
 * Rotating is adding a generation and later dropping one. A key that a group uses cannot be deleted and a fixed name
 * blocks its replacement, so names carry generation and fingerprint, and every key is created before its
 * predecessor goes: Terraform then updates the group in between.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
 */
export class TrustedKeyGroup extends Construct {
  readonly #keys: ReadonlyMap<string, CloudfrontPublicKey>;
  readonly #group: CloudfrontKeyGroup;

  constructor(scope: Construct, id: string, props: TrustedKeyGroupProps) {
    super(scope, id);
    const generations = Object.entries(props.generations).sort(([a], [b]) => (a < b ? -1 : 1));
    this.#keys = new Map(
      generations.map(([generation, pem]) => [generation, this.#publicKey(props.name, generation, pem)]),
    );
    this.#group = new CloudfrontKeyGroup(this, 'key_group', {
      name: `${props.name}-viewers`,
      comment: 'Keys whose signed URLs and cookies open private HLS',
      items: [...this.#keys.values()].map((key) => key.id),
    });
  }

  get keyGroupId(): string {
    return this.#group.id;
  }

  /** CloudFront's key pair id of each generation. */
  get publicKeyIds(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#keys].map(([generation, key]) => [generation, key.id]));
  }

  /** @throws Error when the group does not trust that generation */
  publicKeyId(generation: string): string {
    const key = this.#keys.get(generation);
    if (!key) {
      throw new Error(
        `no public key for generation "${generation}", only ${[...this.#keys.keys()].join(', ')}`,
      );
    }
    return key.id;
  }

  #publicKey(name: string, generation: string, pem: string): CloudfrontPublicKey {
    const fingerprint = keyFingerprint(pem).slice(0, FINGERPRINT_DIGITS_IN_NAME);
    const key = new CloudfrontPublicKey(this, generation, {
      name: `${name}-${generation}-${fingerprint}`,
      comment: `generation ${generation}`,
      encodedKey: pem,
      lifecycle: { createBeforeDestroy: true },
    });
    // The address is the generation, wherever the group stands in the tree: rotation reads and imports by it.
    key.overrideLogicalId(`generation_${generation}`);
    return key;
  }
}
