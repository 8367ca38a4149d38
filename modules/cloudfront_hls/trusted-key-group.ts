/** The public keys whose signatures CloudFront accepts, one per generation, in one key group. */
import { CloudfrontKeyGroup } from '@cdktf/provider-aws/lib/cloudfront-key-group/index.js';
import { CloudfrontPublicKey } from '@cdktf/provider-aws/lib/cloudfront-public-key/index.js';
import { Token } from 'cdktf';
import { Construct } from 'constructs';
import { isCloudFrontKey, parsePublicKey } from '../../aws/values/cloudfront-key.ts';
import { refuse, requireMatch } from '../checks.ts';
import { keyFingerprint } from './key-fingerprint.ts';

/**
 * The public key of a generation: an SPKI PEM of RSA 2048 or ECDSA P-256 with 64-column lines and exactly one trailing
 * newline, or the public key of a pair that KMS makes at apply and whose private key never leaves KMS.
 */
export type GenerationPublicKey = string | { readonly kmsPublicKeyPem: string };

export interface TrustedKeyGroupProps {
  /** Prefix of every CloudFront name, unique in the account: 1 to 48 letters, digits, dashes and underscores. */
  readonly name: string;
  /** The public key of each generation (`2026-11-a`): one to five generations, which is CloudFront's quota. */
  readonly generations: Readonly<Record<string, GenerationPublicKey>>;
}

const FINGERPRINT_DIGITS_IN_NAME = 12;
const MOST_KEYS = 5;

/**
 * One CloudFront public key per generation and the key group that trusts them all.
 *
 * To rotate, add a generation and later remove the old one. A key that a group uses cannot be deleted and a fixed name
 * blocks its replacement, so names contain generation and fingerprint, and every key is created before its
 * predecessor is destroyed: Terraform then updates the group in between. The public key of a pair in KMS is not known
 * before the apply, so its name contains only the generation: another KMS key always needs another generation.
 *
 * @throws TypeError when there is no generation, or more than five, or a public key is not one that CloudFront accepts;
 *   the message never contains the key
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
 */
export class TrustedKeyGroup extends Construct {
  /** The key group as Terraform's resource, for a setting that no input has. */
  readonly resource: CloudfrontKeyGroup;
  readonly #keys: ReadonlyMap<string, CloudfrontPublicKey>;

  constructor(scope: Construct, id: string, props: TrustedKeyGroupProps) {
    super(scope, id);
    requireMatch('name', props.name, /[\w-]{1,48}/, '1 to 48 letters, digits, dashes and underscores');
    const generations = Object.entries(props.generations).sort(([a], [b]) => (a < b ? -1 : 1));
    if (generations.length === 0 || generations.length > MOST_KEYS) {
      refuse('generations', `one to ${MOST_KEYS} generations`, generations.length);
    }
    this.#keys = new Map(
      generations.map(([generation, publicKey]) => [
        generation,
        this.#publicKey(props.name, generation, publicKey),
      ]),
    );
    this.resource = new CloudfrontKeyGroup(this, 'key_group', {
      name: `${props.name}-viewers`,
      comment: 'Keys whose signed URLs and cookies open private HLS',
      items: [...this.#keys.values()].map((key) => key.id),
    });
  }

  /** Id of the key group, which behaviours trust. */
  get keyGroupId(): string {
    return this.resource.id;
  }

  /** CloudFront's key pair id of each generation. */
  get publicKeyIds(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#keys].map(([generation, key]) => [generation, key.id]));
  }

  /**
   * CloudFront's key pair id of one generation, as signers need it.
   *
   * @throws Error when the group does not trust that generation
   */
  publicKeyId(generation: string): string {
    const key = this.#keys.get(generation);
    if (!key) {
      throw new Error(
        `no public key for generation "${generation}", only ${[...this.#keys.keys()].join(', ')}`,
      );
    }
    return key.id;
  }

  #publicKey(prefix: string, generation: string, publicKey: GenerationPublicKey): CloudfrontPublicKey {
    requireMatch('generations', generation, /[\w-]{1,32}/, 'names of letters, digits and dashes');
    const key = new CloudfrontPublicKey(this, generation, {
      name: [prefix, generation, ...fingerprintOf(generation, publicKey)].join('-'),
      comment: `generation ${generation}`,
      encodedKey: typeof publicKey === 'string' ? publicKey : publicKey.kmsPublicKeyPem,
      lifecycle: { createBeforeDestroy: true },
    });
    // The address is the generation, wherever the group is in the construct tree: rotation reads and imports by it.
    key.overrideLogicalId(`generation_${generation}`);
    return key;
  }
}

/** Empty for a public key that is known only at apply. */
function fingerprintOf(generation: string, publicKey: GenerationPublicKey): string[] {
  if (typeof publicKey !== 'string' || Token.isUnresolved(publicKey)) return [];
  requireStoredForm(`generations.${generation}`, publicKey);
  return [keyFingerprint(publicKey).slice(0, FINGERPRINT_DIGITS_IN_NAME)];
}

/**
 * CloudFront stores what it is given and Terraform replaces a key whose stored form differs by as much as a newline.
 */
function requireStoredForm(option: string, pem: string): void {
  const key = parsePublicKey(pem);
  if (!key || !isCloudFrontKey(key)) {
    throw new TypeError(
      `"${option}": expected a PEM "PUBLIC KEY" of RSA 2048 or ECDSA P-256, got another text`,
    );
  }
  if (key.export({ type: 'spki', format: 'pem' }) !== pem) {
    const wanted = 'a PEM "PUBLIC KEY" with 64-column lines and exactly one trailing newline';
    throw new TypeError(`"${option}": expected ${wanted}, got another form of it`);
  }
}
