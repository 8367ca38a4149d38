/**
 * The layer in front of moto's Parameter Store: moto reads a secret for every caller that asks for a parameter of its name, and asks
 * the secret's policy nothing.
 *
 * @see https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
 */
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { notImplemented } from '../aws-error.ts';
import { jsonCallOf } from '../json-call.ts';
import type { MotoClient } from '../moto-client.ts';

const SECRETS = '/aws/reference/secretsmanager';

/** Answers one call; whatever names no secret is moto's. @throws AwsError 501 for one that does */
export async function handleSsm(moto: MotoClient, request: ApiRequest): Promise<ApiAnswer> {
  const call = jsonCallOf(request);
  if (namesSecret(call.input)) throw notImplemented(`SSM ${call.operation} of a secret`);
  return moto.passJson(call);
}

/** Whichever member has the name: moto takes one from many. */
function namesSecret(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(SECRETS);
  return typeof value === 'object' && value !== null && Object.values(value).some(namesSecret);
}
