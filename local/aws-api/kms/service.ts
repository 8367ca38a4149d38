/** The layer in front of moto's KMS: every use of a key is judged by the key's own policy. */
import type { PolicyDocument } from '../../../aws/iam/document.ts';
import { decide } from '../../../aws/iam/evaluate.ts';
import type { Principal } from '../../../aws/iam/principal.ts';
import type { ConditionContext } from '../../../aws/iam/request-context.ts';
import { accessDeniedException } from '../access-denied.ts';
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { AwsError } from '../aws-error.ts';
import type { Callers } from '../callers.ts';
import { credentialScopeOf } from '../credential-scope.ts';
import { type JsonObject, jsonCallOf, objectAt, textAt } from '../json-call.ts';
import type { MotoClient } from '../moto-client.ts';
import { parsePolicy } from '../stored-policy.ts';

/** Calls on a key that name it otherwise than by `KeyId`, or that are no use of it. */
const NOT_OF_ONE_KEY = new Set(['CreateKey', 'ListAliases', 'ListKeys', 'CreateAlias', 'UpdateAlias']);

export class KmsLayer {
  readonly #moto: MotoClient;
  readonly #callers: Callers;

  constructor(options: { moto: MotoClient; callers: Callers }) {
    this.#moto = options.moto;
    this.#callers = options.callers;
  }

  /** Answers one call; what the key's policy allows is moto's. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const { operation, input } = jsonCallOf(request);
    const scope = credentialScopeOf(request);
    const keyId = textAt(input, 'KeyId');
    if (scope === null) return this.#moto.pass(request);
    const principal = await this.#callers.principalOf(scope, request.headers);
    if (keyId !== '' && !NOT_OF_ONE_KEY.has(operation)) {
      await this.requireAccess({
        principal,
        action: `kms:${operation}`,
        keyId,
        region: scope.region,
        context: contextOf(input),
      });
    }
    if (operation === 'CreateKey' || operation === 'PutKeyPolicy') requireNoLockout(input, principal);
    return this.#moto.pass(request);
  }

  /**
   * Nobody may use a key unless its policy says so: the account's name in it stands for whoever IAM lets.
   *
   * @param use the key by its id, ARN or alias; one that is not there is left to moto
   * @throws AwsError AccessDeniedException
   */
  async requireAccess(use: {
    readonly principal: Principal;
    readonly action: string;
    readonly keyId: string;
    readonly region: string;
    readonly context?: ConditionContext;
  }): Promise<void> {
    const { principal, action, keyId, region, context = {} } = use;
    const scope = { service: 'kms', region };
    const described = await this.#moto.callJson(scope, 'TrentService.DescribeKey', { KeyId: keyId });
    if (described.status !== 200) return;
    const key = objectAt(described.output, 'KeyMetadata');
    const stored = await this.#moto.callJson(scope, 'TrentService.GetKeyPolicy', {
      KeyId: textAt(key, 'KeyId'),
      PolicyName: 'default',
    });
    const resource = textAt(key, 'Arn');
    const policy = parseKeyPolicy(textAt(stored.output, 'Policy'));
    const decision = decide(policy, { principal, action, resource, context });
    if (decision !== 'allow') throw accessDeniedException({ principal, action, resource, decision });
  }
}

function parseKeyPolicy(text: string): PolicyDocument {
  return parsePolicy(text, {
    service: 'kms',
    takesResource: (arn) => arn === '*' || arn.startsWith('arn:aws:kms:'),
    malformedCode: 'MalformedPolicyDocumentException',
  });
}

/** @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#prevent-unmanageable-key */
function requireNoLockout(input: JsonObject, principal: Principal): void {
  const text = textAt(input, 'Policy');
  if (text === '') return;
  const policy = parseKeyPolicy(text);
  if (input.BypassPolicyLockoutSafetyCheck === true) return;
  if (decide(policy, { principal, action: 'kms:PutKeyPolicy', resource: '*' }) === 'allow') return;
  const message = 'The new key policy will not allow you to update the key policy in the future.';
  throw new AwsError(400, 'MalformedPolicyDocumentException', message);
}

function contextOf(input: JsonObject): ConditionContext {
  const algorithm = textAt(input, 'SigningAlgorithm');
  return algorithm === '' ? {} : { 'kms:signingalgorithm': algorithm };
}
