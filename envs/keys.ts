/** Reads which keys an environment trusts: a file per generation, and the name of the active one. */
import type { KeyObject } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isCloudFrontKey, KMS_KEY_SPECS, parsePublicKey } from '../aws/values/cloudfront-key.ts';
import { ConfigError, describeSafely, pemLabels, type Violation } from './config-error.ts';

export interface TrustedKeys {
  /** The generation whose private key signs. */
  readonly active: string;
  /** Generation (`2026-11-a`) to SPKI PEM: 64 columns and exactly one trailing newline. */
  readonly generations: Readonly<Record<string, string>>;
  /** Generations whose pair KMS makes at apply and never gives away: nothing of them is known before. */
  readonly inKms: Readonly<Record<string, KmsKeySpec>>;
}

/** What KMS and CloudFront both know. */
type KmsKeySpec = (typeof KMS_KEY_SPECS)[number];

const KEY_FILE = /^(\d{4}-\d{2}-[a-z])\.(pem|kms)$/;
/** CloudFront's quota of keys in a group. */
const MOST_KEYS = 5;

/**
 * The keys of `<directory>/<generation>.pem`, of `<directory>/<generation>.kms`, and `<directory>/active`.
 *
 * A `.kms` file holds one word, the key spec, and asks for a pair that stays in KMS.
 * Each PEM is parsed and exported again, because CloudFront stores what it is given and Terraform replaces a
 * key whose stored form differs by as much as a newline.
 *
 * @throws ConfigError with every violation at once; key material is never in it
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html
 */
export function readTrustedKeys(directory: string): TrustedKeys {
  const shown = relative(process.cwd(), directory) || '.';
  if (!existsSync(directory)) {
    const wanted = 'a directory with one PEM per generation and "active"';
    throw new ConfigError(`keys in ${shown}`, [{ path: shown, wanted, got: 'nothing' }]);
  }
  const violations: Violation[] = [];
  const generations: Record<string, string> = {};
  const inKms: Record<string, KmsKeySpec> = {};
  const files = readdirSync(directory).sort();
  for (const file of files.filter((name) => name !== 'active' && !name.startsWith('.'))) {
    const path = join(shown, file);
    const [, generation, kind] = KEY_FILE.exec(file) ?? [];
    if (generation === undefined) {
      const wanted = 'a file named like "2026-11-a.pem" or "2026-11-a.kms"';
      violations.push({ path, wanted, got: describeSafely(file) });
      continue;
    }
    const text = readFileSync(join(directory, file), 'utf8');
    const key = kind === 'kms' ? readKmsKeySpec(text) : normalisePublicKey(text);
    if (typeof key !== 'string') violations.push({ path, ...key });
    else if (isKmsKeySpec(key)) inKms[generation] = key;
    else generations[generation] = key;
  }
  violations.push(...groupViolations(shown, generations, inKms));
  const active = files.includes('active') ? readFileSync(join(directory, 'active'), 'utf8').trim() : '';
  // A generation whose file is bad has been reported already.
  if (!files.includes(`${active}.pem`) && !files.includes(`${active}.kms`)) {
    const wanted = 'the name of a generation whose key is beside it';
    violations.push({
      path: join(shown, 'active'),
      wanted,
      got: active ? describeSafely(active) : 'nothing',
    });
  }
  if (violations.length > 0) throw new ConfigError(`keys in ${shown}`, violations);
  return { active, generations, inKms };
}

function groupViolations(
  shown: string,
  generations: TrustedKeys['generations'],
  inKms: TrustedKeys['inKms'],
): Violation[] {
  const pems = Object.values(generations);
  const count = pems.length + Object.keys(inKms).length;
  const violations: Violation[] = [];
  if (count > MOST_KEYS) {
    const wanted = `at most ${MOST_KEYS} keys: CloudFront accepts no more in one group`;
    violations.push({ path: shown, wanted, got: `${count}` });
  }
  for (const generation of Object.keys(inKms).filter((name) => name in generations)) {
    const wanted = `${generation}.pem or ${generation}.kms: a generation is one key`;
    violations.push({ path: shown, wanted, got: 'both' });
  }
  if (new Set(pems).size < pems.length) {
    violations.push({
      path: shown,
      wanted: 'a different key for every generation',
      got: 'the same key twice',
    });
  }
  return violations;
}

function isKmsKeySpec(text: string): text is KmsKeySpec {
  return KMS_KEY_SPECS.some((spec) => spec === text);
}

function readKmsKeySpec(text: string): string | Omit<Violation, 'path'> {
  const keySpec = text.trim();
  if (isKmsKeySpec(keySpec)) return keySpec;
  return { wanted: `one word: ${KMS_KEY_SPECS.join(' or ')}`, got: describeSafely(text) };
}

/** The PEM as CloudFront keeps it, or what is wrong with it. */
function normalisePublicKey(pem: string): string | Omit<Violation, 'path'> {
  const labels = pemLabels(pem);
  // Node derives the public key from a private PEM without an error, so the label has to be read.
  if (labels.some((label) => label.endsWith('PRIVATE KEY'))) {
    const wanted = 'a PEM "PUBLIC KEY"; treat this private key as leaked and make a new pair';
    return { wanted, got: describeSafely(pem) };
  }
  if (labels.length !== 1 || !['PUBLIC KEY', 'RSA PUBLIC KEY'].includes(labels[0] ?? '')) {
    return { wanted: 'one PEM "PUBLIC KEY"', got: labels.length > 0 ? describeSafely(pem) : 'no PEM' };
  }
  const key = parsePublicKey(pem);
  if (key === null) return { wanted: 'a PEM "PUBLIC KEY" that can be read', got: 'a damaged one' };
  if (!isCloudFrontKey(key))
    return { wanted: 'RSA 2048 or ECDSA P-256, the key types that CloudFront accepts', got: kindOf(key) };
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

function kindOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string {
  return [type, details?.modulusLength ?? details?.namedCurve].filter(Boolean).join(' ');
}
