/** The layer in front of moto's Secrets Manager: every call on a secret is judged by the secret's own policy. */
import type { PolicyDocument } from '../../../aws/iam/document.ts';
import { decide } from '../../../aws/iam/evaluate.ts';
import { isEverybody, type Principal } from '../../../aws/iam/principal.ts';
import { accessDeniedException } from '../access-denied.ts';
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Callers } from '../callers.ts';
import { type JsonCall, type JsonObject, jsonCallOf, outputOf, textAt, withOperation } from '../json-call.ts';
import type { MotoClient } from '../moto-client.ts';
import { parsePolicy } from '../stored-policy.ts';

/** A call that a secret's policy has denied. */
export interface RefusedCall {
  /** Whose: `secretsmanager`, … */
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly principal: Principal;
  readonly message: string;
  /** Without anything secret. */
  readonly requestParameters: JsonObject;
}

export class SecretsManagerLayer {
  readonly #moto: MotoClient;
  readonly #callers: Callers;
  readonly #onRefusal: (call: RefusedCall) => void;

  constructor(options: {
    moto: MotoClient;
    callers: Callers;
    /** Gets every call that a secret's policy has denied. */
    onRefusal: (call: RefusedCall) => void;
  }) {
    this.#moto = options.moto;
    this.#callers = options.callers;
    this.#onRefusal = options.onRefusal;
  }

  /** Answers one call; what the secret's policy does not deny is moto's. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const call = jsonCallOf(request);
    const { operation, input } = call;
    if (operation === 'BatchGetSecretValue') throw notImplemented(`Secrets Manager ${operation}`);
    if (textAt(input, 'SecretId') !== '') await this.#requireAccess(request, call);
    else if (input.SecretId !== undefined) {
      throw new AwsError(400, 'InvalidParameterException', 'expected SecretId as text');
    }
    if (operation === 'PutResourcePolicy') requirePolicy(input);
    return this.#moto.passJson(call);
  }

  async #requireAccess(request: ApiRequest, call: JsonCall): Promise<void> {
    const { scope, operation, input } = call;
    const found = await this.#moto.passJson(
      withOperation(call, 'GetResourcePolicy', { SecretId: input.SecretId }),
    );
    if (found.status !== 200) return;
    const { ARN: resource, ResourcePolicy: text } = outputOf(found) as {
      ARN: string;
      ResourcePolicy?: string;
    };
    if (!text) return;
    const principal = await this.#callers.principalOf(scope, request.headers);
    const action = `secretsmanager:${operation}`;
    const decision = decide(parseSecretPolicy(text), { principal, action, resource });
    // The account's own callers need no Allow here: IAM gives it, which is not asked.
    if (decision !== 'deny') return;
    const refusal = accessDeniedException({ principal, action, resource, decision });
    this.#onRefusal({
      service: 'secretsmanager',
      operation,
      region: scope.region,
      principal,
      message: refusal.message,
      requestParameters: { secretId: input.SecretId },
    });
    throw refusal;
  }
}

function parseSecretPolicy(text: string): PolicyDocument {
  return parsePolicy(text, {
    service: 'secretsmanager',
    takesResource: (arn) => arn === '*' || arn.startsWith('arn:aws:secretsmanager:'),
    malformedCode: 'MalformedPolicyDocumentException',
  });
}

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html */
function requirePolicy(input: JsonObject): void {
  const { statements } = parseSecretPolicy(textAt(input, 'ResourcePolicy'));
  const isPublic = statements.some(
    ({ effect, principals, conditions }) =>
      effect === 'Allow' && principals.some(isEverybody) && conditions.length === 0,
  );
  if (!isPublic || input.BlockPublicPolicy !== true) return;
  throw new AwsError(400, 'PublicPolicyException', 'The resource policy must not grant public access.');
}
