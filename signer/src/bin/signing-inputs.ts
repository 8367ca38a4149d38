/** What both signing commands read: the key, the domain, the conditions. */

import { createSigner } from '../create-signer.ts';
import { SignerError } from '../errors.ts';
import { envKey, readDomain } from '../keys/env-key.ts';
import type { HashAlgorithm, KeySource } from '../keys/key-source.ts';
import { readSecret } from '../secrets-manager/read-secret.ts';
import type { Signer, SignOptions } from '../signer-types.ts';
import { type Command, MisuseError, type OptionValues, type Terminal, textOption } from './command.ts';
import { inCommandLineWords, saidWith } from './command-words.ts';
import { parseInstant } from './instant.ts';
import { readText } from './read-text.ts';

export const SIGNING_OPTIONS = {
  domain: { type: 'string' },
  'expires-in': { type: 'string' },
  'expires-at': { type: 'string' },
  'starts-at': { type: 'string' },
  ip: { type: 'string' },
  policy: { type: 'string' },
  'key-file': { type: 'string' },
  'key-pair-id': { type: 'string' },
  hash: { type: 'string' },
  json: { type: 'boolean' },
} as const satisfies Command['options'];

export const SIGNING_HELP = `  --domain <host>           the distribution's domain or alias; default: the URL's host, or CLOUDFRONT_DOMAIN
  --expires-in <span>       lifetime: 90s, 30m, 4h, 7d, or seconds; default: 4h, at most 7d
  --expires-at <time>       expiry time, instead of --expires-in: 2026-11-20T12:00:00Z or epoch seconds
  --starts-at <time>        the earliest time of access; default: now
  --ip <address>            the only IPv4 address or CIDR block that may have access; default: any
  --policy custom|canned    the kind of CloudFront policy; default: custom
  --key-file <file>         the key: a PEM (with --key-pair-id), or the JSON of the signing secret; - reads standard input
  --key-pair-id <id>        the key pair id; required if the key file contains only a PEM
  --hash SHA1|SHA256        the hash of the signature; default: SHA1, which CloudFront assumes

Without --key-file, the key is read from CLOUDFRONT_KEY_PAIR_ID and CLOUDFRONT_PRIVATE_KEY (a PEM, or its base64).
A key cannot be passed as an argument, because the shell's history and the process list would hold it.
Resources that need verbatim(…) can be signed in code only, because an argument may contain an unchecked id.
`;

/** @throws MisuseError, or SignerError for a key or a domain that CloudFront would not take */
export async function openSigner(
  resource: string,
  values: OptionValues,
  terminal: Terminal,
  cookies: { readonly cookieDomain?: string | undefined } = {},
): Promise<Signer> {
  const { cookieDomain } = cookies;
  const { domain, from } = findDomain(resource, values, terminal);
  const key = await readKey(values, terminal);
  return saidWith({ domain: from }, () =>
    createSigner({ domain, key, ...(cookieDomain !== undefined && { cookieDomain }), now: terminal.now }),
  );
}

export function readConditions(values: OptionValues): SignOptions {
  const expiresIn = textOption(values, 'expires-in');
  const expiresAt = textOption(values, 'expires-at');
  const startsAt = textOption(values, 'starts-at');
  const ipAddress = textOption(values, 'ip');
  const policy = oneOf('--policy', textOption(values, 'policy'), ['custom', 'canned'] as const);
  return {
    ...(expiresIn !== undefined && {
      expiresIn: /^\d+$/.test(expiresIn) ? Number(expiresIn) : expiresIn,
    }),
    ...(expiresAt !== undefined && { expiresAt: parseInstant('--expires-at', expiresAt) }),
    ...(startsAt !== undefined && { startsAt: parseInstant('--starts-at', startsAt) }),
    ...(ipAddress !== undefined && { ipAddress }),
    ...(policy !== undefined && { policy }),
  };
}

/** @throws MisuseError naming what is allowed */
export function oneOf<Value extends string>(
  option: string,
  value: string | undefined,
  allowed: readonly Value[],
): Value | undefined {
  if (value === undefined) return undefined;
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new MisuseError(`${option} must be ${allowed.join(' or ')}`);
  return found;
}

async function readKey(values: OptionValues, terminal: Terminal): Promise<KeySource> {
  const hashAlgorithm: HashAlgorithm =
    oneOf('--hash', textOption(values, 'hash'), ['SHA1', 'SHA256'] as const) ?? 'SHA1';
  const file = textOption(values, 'key-file');
  const keyPairId = textOption(values, 'key-pair-id');
  if (file === undefined) {
    if (keyPairId !== undefined) {
      throw new MisuseError(
        '--key-pair-id needs --key-file; without --key-file, both are read from the environment',
      );
    }
    return readEnvironment(terminal, hashAlgorithm);
  }
  const text = (await readText(file, '--key-file', terminal)).replace(/^\uFEFF/, '');
  const isSecretJson = text.trimStart().startsWith('{');
  if (!isSecretJson && keyPairId === undefined) {
    throw new MisuseError('the key file contains no key pair id; add --key-pair-id <id>');
  }
  if (isSecretJson && keyPairId !== undefined) {
    throw new MisuseError(
      'the key file is the JSON of a secret, which contains the key pair id; omit --key-pair-id',
    );
  }
  const names = isSecretJson ? { keyPairId: '"keyPairId" in the key file' } : {};
  const key = saidWith(names, () => readSecret(text, { where: 'the key file', keyPairId, hashAlgorithm }));
  return { get: () => Promise.resolve(key) };
}

function readEnvironment({ env }: Terminal, hashAlgorithm: HashAlgorithm): KeySource {
  try {
    return envKey({ env, hashAlgorithm });
  } catch (error) {
    if (!(error instanceof SignerError)) throw error;
    const said = inCommandLineWords(error, { keyPairId: 'CLOUDFRONT_KEY_PAIR_ID' });
    throw new MisuseError(error.code === 'ERR_ENV_MISSING' ? `no --key-file was given, and ${said}` : said);
  }
}

interface FoundDomain {
  readonly domain: string;
  /** What messages call it. */
  readonly from: string;
}

function findDomain(resource: string, values: OptionValues, { env }: Terminal): FoundDomain {
  const given = textOption(values, 'domain');
  if (given !== undefined) return { domain: given, from: '--domain' };
  const configured = readDomain(env);
  if (configured !== undefined) return { domain: configured, from: 'CLOUDFRONT_DOMAIN' };
  const hostOfUrl = /^https:\/\/([^/?#]+)\//.exec(resource)?.[1];
  if (hostOfUrl !== undefined) return { domain: hostOfUrl, from: "the URL's host" };
  throw new MisuseError('a path needs a domain: pass --domain <host>, or set CLOUDFRONT_DOMAIN');
}
