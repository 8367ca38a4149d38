/** The layer in front of moto's KMS: every use of a key is judged by the key's own policy. */
import type { PolicyDocument } from '../../../aws/iam/document.ts';
import { decide } from '../../../aws/iam/evaluate.ts';
import type { Principal } from '../../../aws/iam/principal.ts';
import type { ConditionContext } from '../../../aws/iam/request-context.ts';
import { accessDeniedException } from '../access-denied.ts';
import type { ApiAnswer, ApiRequest } from '../api-request.ts';
import { AwsError } from '../aws-error.ts';
import type { Callers } from '../callers.ts';
import { type JsonObject, jsonCallOf, objectAt, textAt } from '../json-call.ts';
import type { MotoClient } from '../moto-client.ts';
import { parsePolicy } from '../stored-policy.ts';

/** Calls that use no key. */
const OF_NO_KEY = new Set(['CreateKey', 'GenerateRandom', 'ListAliases', 'ListKeys', 'ListRetirableGrants']);
/** moto's ciphertexts begin with the id of their key. */
const KEY_ID_BYTES = 36;

interface KeyUse {
  readonly action: string;
  /** Id, ARN or alias. */
  readonly keyId: string;
}

export class KmsLayer {
  readonly #moto: MotoClient;
  readonly #callers: Callers;

  constructor(options: { moto: MotoClient; callers: Callers }) {
    this.#moto = options.moto;
    this.#callers = options.callers;
  }

  /** Answers one call; what the key's policy allows is moto's. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const call = jsonCallOf(request);
    const { scope, operation, input } = call;
    const principal = await this.#callers.principalOf(scope, request.headers);
    for (const use of usesOf(operation, input)) {
      const context = { ...algorithmOf(input), ...encryptionContextOf(use, input) };
      await this.requireAccess({ ...use, principal, region: scope.region, context });
    }
    if (operation === 'CreateKey' || operation === 'PutKeyPolicy') requireNoLockout(input, principal);
    return this.#moto.passJson(call);
  }

  /**
   * Nobody may use a key unless its policy says so: the account's name in it means every principal that IAM allows.
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
    if (described.status !== 200) {
      // moto judges by parts of a policy itself; what it does not show is not left to it.
      if (!textAt(described.output, '__type').includes('AccessDenied')) return;
      throw accessDeniedException({ principal, action, resource: keyId, decision: 'none' });
    }
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

/**
 * Every key that a call uses, and for what.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
 * @throws AwsError ValidationException when the call does not say which key, InvalidCiphertextException likewise
 */
function usesOf(operation: string, input: JsonObject): readonly KeyUse[] {
  if (OF_NO_KEY.has(operation)) return [];
  const action = `kms:${operation}`;
  const keyAt = (name: string): string => {
    const keyId = textAt(input, name);
    if (keyId !== '') return keyId;
    throw new AwsError(400, 'ValidationException', `expected ${name} as text`);
  };
  switch (operation) {
    // Even if another key is named, moto decrypts with the ciphertext's key.
    case 'Decrypt':
      return [
        { action, keyId: keyOfCiphertext(input) },
        ...(input.KeyId === undefined ? [] : [{ action, keyId: keyAt('KeyId') }]),
      ];
    case 'ReEncrypt':
      return [
        { action: 'kms:ReEncryptFrom', keyId: keyOfCiphertext(input) },
        { action: 'kms:ReEncryptTo', keyId: keyAt('DestinationKeyId') },
      ];
    case 'CreateAlias':
      return [{ action, keyId: keyAt('TargetKeyId') }];
    case 'UpdateAlias':
      return [
        { action, keyId: keyAt('AliasName') },
        { action, keyId: keyAt('TargetKeyId') },
      ];
    case 'DeleteAlias':
      return [{ action, keyId: keyAt('AliasName') }];
    default:
      return [{ action, keyId: keyAt('KeyId') }];
  }
}

/** Base64 in its one spelling, since moto skips over characters that this would read, and the other way round. */
function keyOfCiphertext(input: JsonObject): string {
  const text = textAt(input, 'CiphertextBlob');
  const ciphertext = Buffer.from(text, 'base64');
  if (ciphertext.length > KEY_ID_BYTES && ciphertext.toString('base64') === text) {
    return ciphertext.toString('utf8', 0, KEY_ID_BYTES);
  }
  throw new AwsError(400, 'InvalidCiphertextException', 'expected CiphertextBlob as KMS has given it out');
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

function algorithmOf(input: JsonObject): ConditionContext {
  const algorithm = textAt(input, 'SigningAlgorithm');
  return algorithm === '' ? {} : { 'kms:signingalgorithm': algorithm };
}

/** Where a call has the encryption context of a use. */
const CONTEXT_MEMBERS: Readonly<Record<string, string>> = {
  'kms:ReEncryptFrom': 'SourceEncryptionContext',
  'kms:ReEncryptTo': 'DestinationEncryptionContext',
};

/**
 * The names together, whose case counts, and each pair by its name, whose case does not.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
 * @throws AwsError SerializationException for a context that is not of texts
 */
function encryptionContextOf({ action }: KeyUse, input: JsonObject): ConditionContext {
  const member = CONTEXT_MEMBERS[action] ?? 'EncryptionContext';
  const pairs = Object.entries(objectAt(input, member));
  if (!pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) {
    throw new AwsError(400, 'SerializationException', `expected ${member} with texts`);
  }
  if (pairs.length === 0) return {};
  const context: Record<string, string[]> = { 'kms:encryptioncontextkeys': pairs.map(([name]) => name) };
  for (const [name, value] of pairs) {
    const key = `kms:encryptioncontext:${name.toLowerCase()}`;
    context[key] = [...(context[key] ?? []), value];
  }
  return context;
}
