/** The layer in front of moto's EventBridge: it keeps rules and targets, the bus here delivers by them. */
import type { ApiAnswer, ApiRequest } from '../../../../local/aws-api/api-request.ts';
import {
  type JsonCall,
  type JsonObject,
  jsonAnswer,
  jsonCallOf,
  objectsAt,
  textAt,
} from '../../../../local/aws-api/json-call.ts';
import type { MotoClient } from '../../../../local/aws-api/moto-client.ts';
import type { EventBus } from './event-bus.ts';
import { parseEventPattern } from './event-pattern.ts';

const REQUIRED = ['Source', 'DetailType', 'Detail'];

export class EventsLayer {
  readonly #moto: MotoClient;
  readonly #bus: EventBus;

  constructor(options: { moto: MotoClient; bus: EventBus }) {
    this.#moto = options.moto;
    this.#bus = options.bus;
  }

  /** Answers one call; whatever is not an event or a pattern is moto's. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const call = jsonCallOf(request);
    if (call.operation === 'PutEvents') return this.#putEvents(call);
    const pattern = textAt(call.input, 'EventPattern');
    if (call.operation === 'PutRule' && pattern !== '') parseEventPattern(pattern);
    return this.#moto.passJson(call);
  }

  async #putEvents({ scope, input }: JsonCall): Promise<ApiAnswer> {
    const Entries: JsonObject[] = [];
    for (const entry of objectsAt(input, 'Entries')) {
      const fault = faultOf(entry);
      if (fault !== null) Entries.push(fault);
      else Entries.push({ EventId: await this.#bus.emit(scope.region, eventOf(entry)) });
    }
    const FailedEntryCount = Entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length;
    return jsonAnswer({ FailedEntryCount, Entries });
  }
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html */
function faultOf(entry: JsonObject): JsonObject | null {
  const missing = REQUIRED.find((name) => textAt(entry, name) === '');
  if (missing !== undefined) {
    const ErrorMessage = `Parameter ${missing} is not valid. Reason: ${missing} is a required argument.`;
    return { ErrorCode: 'InvalidArgument', ErrorMessage };
  }
  if (textAt(entry, 'Source').startsWith('aws.')) {
    const ErrorMessage = 'Not authorized for the source.';
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage };
  }
  const bus = textAt(entry, 'EventBusName');
  if (bus !== '' && bus !== 'default') {
    return { ErrorCode: 'NotImplemented', ErrorMessage: 'the local AWS API has the default bus alone' };
  }
  return isJsonObject(textAt(entry, 'Detail'))
    ? null
    : { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function eventOf(entry: JsonObject) {
  return {
    source: textAt(entry, 'Source'),
    detailType: textAt(entry, 'DetailType'),
    resources: Array.isArray(entry.Resources) ? entry.Resources.map(String) : [],
    detail: JSON.parse(textAt(entry, 'Detail')) as JsonObject,
  };
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
