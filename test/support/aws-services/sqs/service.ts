/**
 * The layer in front of moto's SQS. moto lacks RedriveAllowPolicy, spells policies with spaces (drift to
 * Terraform), forgets a queue's policy when another attribute is set, and does not give policies by their names.
 */
import type { ApiAnswer, ApiRequest } from '../../../../local/aws-api/api-request.ts';
import { AwsError } from '../../../../local/aws-api/aws-error.ts';
import {
  type JsonCall,
  type JsonObject,
  jsonAnswer,
  jsonCallOf,
  objectAt,
  outputOf,
  withOperation,
} from '../../../../local/aws-api/json-call.ts';
import type { MotoClient } from '../../../../local/aws-api/moto-client.ts';
import { parseQueuePolicy } from './queue-policy.ts';

const REDRIVE_ALLOW_POLICY = 'RedriveAllowPolicy';
const MAX_SOURCE_QUEUES = 10;

export class SqsLayer {
  /** RedriveAllowPolicy by region and queue name. */
  readonly #redriveAllowPolicies = new Map<string, string>();
  readonly #moto: MotoClient;

  constructor(options: { moto: MotoClient }) {
    this.#moto = options.moto;
  }

  /** Answers one call; whatever is not about attributes is moto's. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const call = jsonCallOf(request);
    if (call.operation === 'CreateQueue') return this.#create(call);
    if (call.operation === 'SetQueueAttributes') return this.#setAttributes(call);
    if (call.operation === 'GetQueueAttributes') return this.#getAttributes(call);
    const answer = await this.#moto.passJson(call);
    if (call.operation === 'DeleteQueue') this.#redriveAllowPolicies.delete(queueKey(call, call.input));
    return answer;
  }

  async #create(call: JsonCall): Promise<ApiAnswer> {
    const { [REDRIVE_ALLOW_POLICY]: redriveAllowPolicy, ...Attributes } = attributesOf(call.input);
    const answer = await this.#moto.passJson({ ...call, input: { ...call.input, Attributes } });
    if (answer.status === 200) this.#keep(queueKey(call, outputOf(answer)), redriveAllowPolicy);
    return answer;
  }

  async #setAttributes(call: JsonCall): Promise<ApiAnswer> {
    const { [REDRIVE_ALLOW_POLICY]: redriveAllowPolicy, ...changed } = attributesOf(call.input);
    const current = await this.#attributes(call);
    if ('error' in current) return current.error;
    // moto takes a call without a Policy for one that removes it.
    const Attributes = {
      ...(current.attributes.Policy && { Policy: current.attributes.Policy }),
      ...changed,
    };
    const answer = await this.#moto.passJson({ ...call, input: { ...call.input, Attributes } });
    if (answer.status === 200) this.#keep(queueKey(call, call.input), redriveAllowPolicy);
    return answer;
  }

  async #getAttributes(call: JsonCall): Promise<ApiAnswer> {
    const current = await this.#attributes(call);
    if ('error' in current) return current.error;
    const names = Array.isArray(call.input.AttributeNames) ? call.input.AttributeNames : [];
    const asked = Object.entries(current.attributes).filter(
      ([name]) => names.includes('All') || names.includes(name),
    );
    return jsonAnswer(asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) });
  }

  /** All attributes as AWS spells them, or moto's error. */
  async #attributes(call: JsonCall): Promise<{ attributes: Record<string, string> } | { error: ApiAnswer }> {
    const { QueueUrl } = call.input;
    const answer = await this.#moto.passJson(
      withOperation(call, 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] }),
    );
    if (answer.status !== 200) return { error: answer };
    const attributes = objectAt(outputOf(answer), 'Attributes') as Record<string, string>;
    const redriveAllowPolicy = this.#redriveAllowPolicies.get(queueKey(call, call.input));
    return {
      attributes: {
        ...attributes,
        ...(attributes.Policy && { Policy: compact(attributes.Policy) }),
        ...(attributes.RedrivePolicy && { RedrivePolicy: compact(attributes.RedrivePolicy) }),
        ...(redriveAllowPolicy !== undefined && { [REDRIVE_ALLOW_POLICY]: redriveAllowPolicy }),
      },
    };
  }

  #keep(key: string, redriveAllowPolicy: string | undefined): void {
    if (redriveAllowPolicy === undefined) return;
    if (redriveAllowPolicy === '') this.#redriveAllowPolicies.delete(key);
    else this.#redriveAllowPolicies.set(key, redriveAllowPolicy);
  }
}

/** @throws AwsError for a policy that SQS would refuse; 501 for one that could not be evaluated */
function attributesOf(input: JsonObject): Record<string, string> {
  const attributes = objectAt(input, 'Attributes') as Record<string, string>;
  if (attributes.Policy) parseQueuePolicy(attributes.Policy);
  if (attributes[REDRIVE_ALLOW_POLICY]) requireRedriveAllowPolicy(attributes[REDRIVE_ALLOW_POLICY]);
  return attributes;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
function requireRedriveAllowPolicy(text: string): void {
  const policy = parseJson(text);
  const sources = Array.isArray(policy.sourceQueueArns) ? policy.sourceQueueArns.length : 0;
  const isForAll = policy.redrivePermission === 'allowAll' || policy.redrivePermission === 'denyAll';
  if (isForAll && policy.sourceQueueArns === undefined) return;
  if (policy.redrivePermission === 'byQueue' && sources >= 1 && sources <= MAX_SOURCE_QUEUES) return;
  const message = `Value for parameter ${REDRIVE_ALLOW_POLICY} is invalid.`;
  throw new AwsError(400, 'InvalidAttributeValue', message);
}

function parseJson(text: string): { redrivePermission?: unknown; sourceQueueArns?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function compact(json: string): string {
  return JSON.stringify(JSON.parse(json));
}

/** Queue names are unique in a region. */
function queueKey({ scope }: JsonCall, { QueueUrl }: JsonObject): string {
  return `${scope.region}/${String(QueueUrl).split('/').at(-1)}`;
}
