/** A key pair whose private key never leaves AWS KMS. */

import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  GetPublicKeyCommand,
  type GetPublicKeyCommandOutput,
  KMSClient,
  type KMSClientConfig,
  SignCommand,
} from '@aws-sdk/client-kms';
import { assertSignal, assertString, readOptions } from '../arguments.ts';
import { type DeadlineOptions, withDeadline } from '../deadline.ts';
import { SignerError, SignerTypeError } from '../errors.ts';
import { familyOf } from '../keys/key-family.ts';
import { assertKeyPairId } from '../keys/key-pair-id.ts';
import type { KeySource, SigningKey } from '../keys/key-source.ts';
import { parseSeconds } from '../policy/time-window.ts';
import { withoutResponse } from '../service-failure.ts';

interface KmsKeyBase {
  /** Key id, key ARN, or alias (`alias/storytime-prod`): RSA_2048 or ECC_NIST_P256, for SIGN_VERIFY. */
  readonly keyId: string;
  /** The id of the CloudFront public key that was made from this key pair's public key. */
  readonly keyPairId: string;
  /**
   * Seconds after which one call to KMS, its retries included, is given up.
   * @default 5
   */
  readonly timeoutSeconds?: number | undefined;
  /**
   * Ends the calls under way and refuses further ones, as at shutdown.
   * @default - calls end by themselves
   */
  readonly signal?: AbortSignal | undefined;
}

/** Give a client you have, or the configuration of one to be made here; without both, the SDK's defaults. */
export type KmsKeyOptions = KmsKeyBase &
  (
    | { readonly client?: KMSClient | undefined; readonly config?: never }
    | { readonly client?: never; readonly config?: KMSClientConfig }
  );

const NAMES = ['keyId', 'keyPairId', 'timeoutSeconds', 'signal', 'client', 'config'] as const;

/** Always SHA-256: KMS does not sign SHA-1. */
const ALGORITHMS = {
  RSA: { algorithm: 'RSA-SHA256', kms: 'RSASSA_PKCS1_V1_5_SHA_256' },
  ECDSA: { algorithm: 'ECDSA-SHA256', kms: 'ECDSA_SHA_256' },
} as const;

/**
 * A source whose key signs in KMS, one call for each signature; the signer's `reuse` saves most of them. The
 * first use reads the public key once to check spec and usage, whatever the number of callers, and pins the
 * key that an alias names then: CloudFront knows one public key by `keyPairId`, so a moved alias must not
 * change the key behind it. Needs `kms:GetPublicKey` and `kms:Sign`. KMS signs policies of up to 4,096 bytes.
 *
 * The source's `get` and its key's `sign` throw SignerError `ERR_KMS_CALL` when KMS does not answer or
 * refuses, `get` also `ERR_KEY_UNSUPPORTED` for a key that CloudFront would not take.
 *
 * @throws SignerError `ERR_KEY_PAIR_ID`, `ERR_EXPIRY_INVALID`; SignerTypeError `ERR_ARGUMENT_…`
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
 * @example
 * const key = kmsKey({ keyId: 'alias/storytime-prod', keyPairId: 'K2JCJMDEHXQW5F' });
 * const signer = createSigner({ key, domain: 'media.example.com', reuse: '5m' });
 */
export function kmsKey(given: KmsKeyOptions): KeySource {
  const options = readOptions('kmsKey', given, NAMES);
  const { keyId, keyPairId, signal } = options;
  assertString('keyId', keyId);
  assertKeyPairId(keyPairId);
  if (signal !== undefined) assertSignal('signal', signal);
  if (options.client && options.config) {
    throw new SignerTypeError('ERR_ARGUMENT_CONFLICT', 'pass "client" or "config", not both');
  }
  const deadline = { timeoutSeconds: parseSeconds('timeoutSeconds', options.timeoutSeconds ?? 5), signal };
  const client = options.client ?? new KMSClient(options.config ?? {});

  let opened: Promise<SigningKey> | undefined;
  function get(): Promise<SigningKey> {
    // A failed check is not kept: the next caller tries again.
    opened ??= openKey(client, keyId, keyPairId, deadline).catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  }
  return Object.freeze({ get });
}

async function openKey(
  client: KMSClient,
  keyId: string,
  keyPairId: string,
  deadline: DeadlineOptions,
): Promise<SigningKey> {
  const found = await call(`reading the public key of ${keyId}`, deadline, (abortSignal) =>
    client.send(new GetPublicKeyCommand({ KeyId: keyId }), { abortSignal }),
  );
  const { algorithm, kms } = ALGORITHMS[checkPublicKey(found, `the KMS key ${keyId}`)];
  // The ARN, where an alias was given.
  const pinned = found.KeyId ?? keyId;
  return Object.freeze({
    keyPairId,
    algorithm,
    async sign(bytes: Uint8Array): Promise<Uint8Array> {
      const command = new SignCommand({
        KeyId: pinned,
        SigningAlgorithm: kms,
        MessageType: 'RAW',
        Message: bytes,
      });
      const { Signature } = await call(`signing with ${keyId}`, deadline, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      if (!Signature) throw new SignerError('ERR_KMS_CALL', `signing with ${keyId} gave no signature`);
      return Signature;
    },
  });
}

/** By the public key itself: that is what CloudFront will hold the signatures against. */
function checkPublicKey({ PublicKey, KeyUsage }: GetPublicKeyCommandOutput, where: string): 'RSA' | 'ECDSA' {
  if (KeyUsage !== 'SIGN_VERIFY') {
    const usage = /^[A-Z_]{1,40}$/.test(KeyUsage ?? '') ? KeyUsage : 'something else';
    throw new SignerError('ERR_KEY_UNSUPPORTED', `${where} must be for SIGN_VERIFY, it is for ${usage}`);
  }
  let publicKey: KeyObject;
  try {
    publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new SignerError('ERR_KEY_UNSUPPORTED', `${where} has a public key that cannot be read`, { cause });
  }
  return familyOf(publicKey, where);
}

async function call<Output>(
  what: string,
  deadline: DeadlineOptions,
  send: (signal: AbortSignal) => Promise<Output>,
): Promise<Output> {
  try {
    return await withDeadline(send, deadline);
  } catch (error) {
    const cause = withoutResponse(error);
    throw new SignerError(
      'ERR_KMS_CALL',
      `${what} failed: ${cause.name}; check the id, the region and the grants`,
      { cause },
    );
  }
}
