/** Takes an event to the targets of every rule that wants it, if their own policies allow EventBridge. */
import { randomUUID } from 'node:crypto';
import type { PolicyDocument } from '../../../../aws/iam/document.ts';
import { type AccessRequest, decide } from '../../../../aws/iam/evaluate.ts';
import { accountIn, regionIn, resourceIn } from '../../../../aws/values/arns.ts';
import { type JsonObject, objectAt, objectsAt, textAt } from '../../../../local/aws-api/json-call.ts';
import type { KmsLayer } from '../../../../local/aws-api/kms/service.ts';
import type { MotoClient } from '../../../../local/aws-api/moto-client.ts';
import { childrenOf, textOf } from '../../../../local/aws-api/xml.ts';
import type { LambdaLayer } from '../lambda/service.ts';
import { parseQueuePolicy } from '../sqs/queue-policy.ts';
import { matchesPattern, parseEventPattern } from './event-pattern.ts';
import { isMakeable, messageFor } from './input-transformer.ts';
import { parseTopicPolicy } from './topic-policy.ts';

export interface BusEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: JsonObject;
  /**
   * Whether it tells of a call that only reads: rules that are merely ENABLED do not get those.
   * @default false
   */
  readonly isReadCall?: boolean;
}

/** What one target is to get. */
interface Delivery {
  readonly target: JsonObject;
  readonly ruleArn: string;
  readonly message: string;
}

export interface EventBusOptions {
  readonly moto: MotoClient;
  readonly kms: KmsLayer;
  readonly lambda: LambdaLayer;
  readonly accountId: string;
  /** Gets a line for everything that a target has not got. */
  readonly log: (line: string) => void;
}

/**
 * To topics and to KMS it comes without the rule that it acts for: a policy with a condition on that allows nothing.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
 */
const EVENT_BRIDGE = {
  kind: 'service',
  service: 'events.amazonaws.com',
  sourceArn: undefined,
  sourceAccount: undefined,
} as const;

export class EventBus {
  readonly #options: EventBusOptions;

  constructor(options: EventBusOptions) {
    this.#options = options;
  }

  /** Resolves with the event's id when every target has it or has lost it; what is lost is logged. */
  async emit(region: string, event: BusEvent): Promise<string> {
    const envelope = {
      version: '0',
      id: randomUUID(),
      'detail-type': event.detailType,
      source: event.source,
      account: this.#options.accountId,
      time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: event.resources,
      detail: event.detail,
    };
    for (const rule of await this.#rules(region)) {
      const pattern = textAt(rule, 'EventPattern');
      const isEnabled = hears(textAt(rule, 'State'), event);
      if (!isEnabled || pattern === '' || !matchesPattern(parseEventPattern(pattern), envelope)) continue;
      const ruleArn = textAt(rule, 'Arn');
      for (const target of await this.#targets(region, textAt(rule, 'Name'))) {
        await this.#deliver({ target, ruleArn, message: messageFor(target, envelope) });
      }
    }
    return envelope.id;
  }

  async #rules(region: string): Promise<readonly JsonObject[]> {
    const { output } = await this.#options.moto.callJson(
      { service: 'events', region },
      'AWSEvents.ListRules',
      {},
    );
    return objectsAt(output, 'Rules');
  }

  async #targets(region: string, Rule: string): Promise<readonly JsonObject[]> {
    const scope = { service: 'events', region };
    const { output } = await this.#options.moto.callJson(scope, 'AWSEvents.ListTargetsByRule', { Rule });
    return objectsAt(output, 'Targets');
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const arn = textAt(delivery.target, 'Arn');
    const failure = isMakeable(delivery.target)
      ? await this.#send(arn, delivery)
      : 'its changed input is not done here';
    if (failure === null) return;
    const deadLetterArn = textAt(objectAt(delivery.target, 'DeadLetterConfig'), 'Arn');
    const end =
      deadLetterArn === ''
        ? 'it has no dead-letter queue'
        : ((await this.#send(deadLetterArn, delivery)) ?? 'its dead-letter queue has it');
    this.#options.log(`events: ${delivery.ruleArn} did not reach ${arn}: ${failure}; ${end}`);
  }

  /** Null once the target has the message, else why it has not. */
  async #send(arn: string, delivery: Delivery): Promise<string | null> {
    try {
      if (arn.startsWith('arn:aws:sqs:')) return await this.#sendToQueue(arn, delivery);
      if (arn.startsWith('arn:aws:sns:')) return await this.#publish(arn, delivery);
      if (arn.startsWith('arn:aws:lambda:')) return await this.#callFunction(arn, delivery);
      return `${arn.split(':')[2]} is no target here`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #sendToQueue(arn: string, { ruleArn, message }: Delivery): Promise<string | null> {
    const [region, accountId, name] = [regionIn(arn), accountIn(arn), resourceIn(arn)];
    const scope = { service: 'sqs', region };
    const queue = { QueueUrl: `http://127.0.0.1/${accountId}/${name}` };
    const { moto } = this.#options;
    const found = await moto.callJson(scope, 'AmazonSQS.GetQueueAttributes', {
      ...queue,
      AttributeNames: ['All'],
    });
    if (found.status !== 200) return `${arn} does not exist`;
    const attributes = objectAt(found.output, 'Attributes');
    const policy = textAt(attributes, 'Policy');
    const { accountId: sourceAccount } = this.#options;
    const principal = { ...EVENT_BRIDGE, sourceArn: ruleArn, sourceAccount };
    const access = { principal, action: 'sqs:SendMessage', resource: arn };
    if (!isLetIn(policy === '' ? undefined : parseQueuePolicy(policy), access)) return deniedBy(arn);
    await this.#requireKey(textAt(attributes, 'KmsMasterKeyId'), region);
    const sent = await moto.callJson(scope, 'AmazonSQS.SendMessage', { ...queue, MessageBody: message });
    return sent.status === 200 ? null : `SQS answered ${sent.status}`;
  }

  /** A function is told for which rule, as a queue is. */
  #callFunction(arn: string, { ruleArn, message }: Delivery): Promise<string | null> {
    const { service } = EVENT_BRIDGE;
    return this.#options.lambda.call(arn, { service, sourceArn: ruleArn, event: message });
  }

  async #publish(arn: string, { message }: Delivery): Promise<string | null> {
    const region = regionIn(arn);
    const call = (parameters: Record<string, string>) =>
      this.#options.moto.query('sns', { Version: '2010-03-31', TopicArn: arn, ...parameters }, { region });
    const found = await call({ Action: 'GetTopicAttributes' });
    if (found.status !== 200) return `${arn} does not exist`;
    const attributes = new Map(
      childrenOf(found.xml.GetTopicAttributesResponse, 'GetTopicAttributesResult', 'Attributes', 'entry').map(
        (entry) => [textOf(entry, 'key'), textOf(entry, 'value')],
      ),
    );
    const access = { principal: EVENT_BRIDGE, action: 'sns:Publish', resource: arn };
    if (!isLetIn(parseTopicPolicy(attributes.get('Policy') ?? '{}'), access)) return deniedBy(arn);
    await this.#requireKey(attributes.get('KmsMasterKeyId') ?? '', region);
    const sent = await call({ Action: 'Publish', Message: message });
    return sent.status === 200 ? null : `SNS answered ${sent.status}`;
  }

  /** A sender to an encrypted queue or topic needs its key; the policies of AWS-managed keys allow no service. */
  async #requireKey(keyId: string, region: string): Promise<void> {
    if (keyId === '') return;
    if (keyId.includes('alias/aws/')) throw new Error(`the policy of ${keyId} lets no service in`);
    for (const action of ['kms:GenerateDataKey', 'kms:Decrypt']) {
      await this.#options.kms.requireAccess({ principal: EVENT_BRIDGE, action, keyId, region });
    }
  }
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
function hears(state: string, { isReadCall = false }: BusEvent): boolean {
  return state === 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' || (state === 'ENABLED' && !isReadCall);
}

function isLetIn(policy: PolicyDocument | undefined, access: AccessRequest): boolean {
  return decide(policy, access) === 'allow';
}

function deniedBy(arn: string): string {
  return `the policy of ${arn} does not allow it`;
}
