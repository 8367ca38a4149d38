/** Public keys named on the command line: `<key pair id>=<file.pem>`. */
import { readFileSync } from 'node:fs';
import { isCloudFrontKey, parsePublicKey } from '../../aws/values/cloudfront-key.ts';
import { describeSafely, pemLabels } from '../../envs/config-error.ts';
import { optionError, UsageError } from '../terraform/targets.ts';

const NAMED_FILE = /^([\w-]{1,64})=(.+)$/;

/**
 * SPKI PEM by key pair id, in the order given.
 *
 * @throws UsageError for a form, a file or a key that will not do; key material is never in it
 */
export function readPublicKeys(texts: readonly string[]): Map<string, string> {
  const keys = new Map<string, string>();
  for (const text of texts) {
    const [, id, file] = NAMED_FILE.exec(text) ?? [];
    if (id === undefined || file === undefined) {
      throw optionError('--public-key', 'expected <key pair id>=<file.pem>, as in K2TESTKEY=test-key.pem');
    }
    if (keys.has(id)) throw new UsageError(`--public-key ${id}: given twice`);
    keys.set(id, readPublicKey(`--public-key ${id}`, file));
  }
  return keys;
}

function readPublicKey(option: string, file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (cause) {
    throw optionError(option, `${file} cannot be read`, { cause });
  }
  // Node derives the public key from a private PEM without notice, so the label must be read.
  if (pemLabels(pem).some((label) => label.endsWith('PRIVATE KEY'))) {
    throw optionError(
      option,
      `expected a PEM "PUBLIC KEY", got ${describeSafely(pem)}: openssl pkey -in ${file} -pubout`,
    );
  }
  const key = parsePublicKey(pem);
  if (!key || !isCloudFrontKey(key)) {
    throw optionError(option, `expected an RSA 2048 or ECDSA P-256 public key, as CloudFront takes`);
  }
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
