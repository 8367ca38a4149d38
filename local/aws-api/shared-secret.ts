/**
 * STS and IAM give out access keys of moto's making; here each gets the one secret that signatures are checked with, so
 * that a session of a role can sign.
 */
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import type { MotoClient } from './moto-client.ts';

/** Passes the call on; a secret access key in the answer becomes the one that everybody has. */
export async function passWithSharedSecret(
  moto: MotoClient,
  request: ApiRequest,
  secretAccessKey: string,
): Promise<ApiAnswer> {
  const answer = await moto.pass(request);
  const body = answer.body?.replace(
    /<SecretAccessKey>[^<]*<\/SecretAccessKey>/,
    `<SecretAccessKey>${secretAccessKey}</SecretAccessKey>`,
  );
  return { ...answer, ...(body !== undefined && { body }) };
}
