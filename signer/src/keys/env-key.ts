/** A key from environment variables. Of the package, this file and `bunny/bunny-env.ts` read `process.env`. */

import { readOptions } from '../arguments.ts';
import { SignerError } from '../errors.ts';
import { normaliseDomain, unquote } from '../policy/domain.ts';
import { type Environment, runTogether, swallowerOf, textOf } from './environment.ts';
import type { HashAlgorithm, KeySource } from './key-source.ts';
import { createLocalKey } from './local-key.ts';
import { normalisePrivateKey } from './private-key-text.ts';
import { constantSource } from './static-key.ts';

const KEY_PAIR_ID = 'CLOUDFRONT_KEY_PAIR_ID';
const PRIVATE_KEY = 'CLOUDFRONT_PRIVATE_KEY';
const DOMAIN = 'CLOUDFRONT_DOMAIN';

export interface EnvKeyOptions {
  /**
   * Where to look the variables up.
   * @default process.env
   */
  readonly env?: Environment | undefined;
  /**
   * The hash that is signed.
   * @default 'SHA1', what CloudFront assumes when a request does not say
   */
  readonly hashAlgorithm?: HashAlgorithm | undefined;
  /**
   * What an encrypted PEM is encrypted with.
   * @default - the key is not encrypted
   */
  readonly passphrase?: string | undefined;
}

/** Also carries the domain, for a signer that is given none. */
export interface EnvKeySource extends Required<KeySource> {
  /** `CLOUDFRONT_DOMAIN`; - `undefined` where it is not set */
  readonly domain: string | undefined;
}

/**
 * The key in `CLOUDFRONT_KEY_PAIR_ID` and `CLOUDFRONT_PRIVATE_KEY`. The latter may be a PEM, or the base64
 * of one on one line or wrapped; literal `\n`, quotes, a stray `-` in front and spaces are repaired.
 * `CLOUDFRONT_DOMAIN`, where it is set, is the signer's domain unless `createSigner` is given one.
 *
 * @throws SignerError `ERR_ENV_MISSING`; `ERR_ENV_RUN_TOGETHER` when a lost line break glued two variables
 * into one; `ERR_KEY_…` for a key that CloudFront would not take
 */
export function envKey(options: EnvKeyOptions = Object.create(null)): EnvKeySource {
  const names = ['env', 'hashAlgorithm', 'passphrase'] as const;
  const { env: given, hashAlgorithm, passphrase } = readOptions('envKey', options, names);
  const env = given ?? process.env;
  const keyPairId = unquote(read(env, KEY_PAIR_ID));
  const key = createLocalKey({
    keyPairId,
    privateKey: read(env, PRIVATE_KEY),
    passphrase,
    hashAlgorithm,
    where: PRIVATE_KEY,
  });
  return Object.freeze({ ...constantSource(key), domain: readDomain(env) });
}

/** @returns `CLOUDFRONT_DOMAIN` without quotes, `https://` and a `/` at the end; `undefined` where it is not set */
export function readDomain(env: Environment): string | undefined {
  return textOf(env, DOMAIN)?.trim() ? normaliseDomain(read(env, DOMAIN)) : undefined;
}

function read(env: Environment, name: string): string {
  const value = textOf(env, name)?.trim();
  const swallowedBy = swallowerOf(env, name);
  if (!value) {
    if (swallowedBy !== undefined) throw runTogether(swallowedBy, name);
    // A key wrapped over lines without quotes makes some loaders lose the variable behind it: that comes first.
    const privateKey = textOf(env, PRIVATE_KEY);
    if (privateKey?.trim() && name !== PRIVATE_KEY) normalisePrivateKey(privateKey, PRIVATE_KEY);
    throw new SignerError('ERR_ENV_MISSING', `${name} is not set; set it to the value of the signing secret`);
  }
  const swallowed = [KEY_PAIR_ID, PRIVATE_KEY, DOMAIN].find((other) => value.includes(`${other}=`));
  if (swallowed !== undefined) throw runTogether(name, swallowed);
  return value;
}
