/**
 * STS and IAM give out access keys of moto's making; here each gets the one secret that presigned requests are checked
 * with, so that a session of a role can presign as the account can.
 */
import type { ApiAnswer, ApiRequest } from './api-request.ts';
import type { MotoClient } from './moto-client.ts';
import { SECRET_ACCESS_KEY } from './service-principals.ts';

/** Passes the call on; a secret access key in the answer becomes the one that everybody has. */
export async function passWithSharedSecret(moto: MotoClient, request: ApiRequest): Promise<ApiAnswer> {
  const answer = await moto.pass(request);
  const body = answer.body?.replace(
    /<SecretAccessKey>[^<]*<\/SecretAccessKey>/,
    `<SecretAccessKey>${SECRET_ACCESS_KEY}</SecretAccessKey>`,
  );
  return { ...answer, ...(body !== undefined && { body }) };
}
