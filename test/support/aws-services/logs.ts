/**
 * The layer in front of moto's CloudWatch Logs: deliveries to S3 are judged by the bucket's policy, can be updated, and
 * get the path that AWS gives them. No log is ever delivered.
 */
import { accountIn } from '../../../aws/values/arns.ts';
import type { ApiAnswer, ApiRequest } from '../../../local/aws-api/api-request.ts';
import { AwsError } from '../../../local/aws-api/aws-error.ts';
import {
  type JsonCall,
  type JsonObject,
  jsonAnswer,
  jsonCallOf,
  objectAt,
  objectsAt,
  outputOf,
  textAt,
  withOperation,
} from '../../../local/aws-api/json-call.ts';
import type { MotoClient } from '../../../local/aws-api/moto-client.ts';
import type { S3Layer } from '../../../local/aws-api/s3/service.ts';

/** What CloudFront's deliveries get in front of their path, where the destination names no folder of its own. */
const IMPLICIT_PATH = 'AWSLogs/{account-id}/CloudFront/';
const UPDATABLE = ['recordFields', 'fieldDelimiter', 's3DeliveryConfiguration'];

export class LogsLayer {
  /** What an update has changed, by delivery id. */
  readonly #updates = new Map<string, JsonObject>();
  readonly #moto: MotoClient;
  readonly #s3: Pick<S3Layer, 'letsService'>;

  constructor(options: { moto: MotoClient; s3: Pick<S3Layer, 'letsService'> }) {
    this.#moto = options.moto;
    this.#s3 = options.s3;
  }

  /** Answers one call; whatever is not about deliveries is moto's. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const call = jsonCallOf(request);
    const { operation, input } = call;
    if (operation === 'CreateDelivery') return this.#create(call);
    if (operation === 'UpdateDeliveryConfiguration') return this.#update(call);
    const answer = await this.#moto.passJson(call);
    if (answer.status !== 200) return answer;
    if (operation === 'DeleteDelivery') this.#updates.delete(textAt(input, 'id'));
    if (operation === 'GetDelivery') {
      return jsonAnswer({ delivery: this.#current(objectAt(outputOf(answer), 'delivery')) });
    }
    if (operation === 'DescribeDeliveries') {
      const output = outputOf(answer);
      return jsonAnswer({
        ...output,
        deliveries: objectsAt(output, 'deliveries').map((each) => this.#current(each)),
      });
    }
    return answer;
  }

  async #create(call: JsonCall): Promise<ApiAnswer> {
    const { input } = call;
    const source = await this.#describe(call, 'DeliverySource', input.deliverySourceName);
    const destinationName = textAt(input, 'deliveryDestinationArn').split(':').at(-1);
    const destination = await this.#describe(call, 'DeliveryDestination', destinationName);
    const target = textAt(
      objectAt(destination, 'deliveryDestinationConfiguration'),
      'destinationResourceArn',
    );
    const [, bucket, folder] = /^arn:aws:s3:::([^/]+)(?:\/(.*))?$/.exec(target) ?? [];
    if (bucket === undefined) return this.#moto.passJson(call);
    const s3 = objectAt(input, 's3DeliveryConfiguration');
    const implicit = folder === undefined && source.service === 'cloudfront' ? IMPLICIT_PATH : '';
    const suffixPath = implicit + textAt(s3, 'suffixPath');
    const accountId = accountIn(textAt(source, 'arn'));
    const key = [folder, suffixPath.replace('{account-id}', accountId), 'example.gz']
      .filter((part) => part)
      .join('/');
    const isLetIn = this.#s3.letsService({
      service: 'delivery.logs.amazonaws.com',
      sourceArn: textAt(source, 'arn'),
      action: 's3:PutObject',
      target: { bucket, key },
      context: { 's3:x-amz-acl': 'bucket-owner-full-control' },
    });
    // AWS would write a statement of its own into the bucket's policy, which then differs from Terraform's.
    if (!isLetIn) {
      const message = `The policy of ${bucket} does not let delivery.logs.amazonaws.com write ${key}`;
      throw new AwsError(400, 'AccessDeniedException', message);
    }
    const s3DeliveryConfiguration = { ...s3, ...(suffixPath !== '' && { suffixPath }) };
    return this.#moto.passJson({ ...call, input: { ...input, s3DeliveryConfiguration } });
  }

  async #update(call: JsonCall): Promise<ApiAnswer> {
    const { input } = call;
    const id = textAt(input, 'id');
    const found = await this.#callMoto(call, 'GetDelivery', { id });
    if (found.status !== 200) return found;
    const changes = Object.entries(input).filter(([name]) => UPDATABLE.includes(name));
    this.#updates.set(id, { ...this.#updates.get(id), ...Object.fromEntries(changes) });
    return jsonAnswer({});
  }

  #current(delivery: JsonObject): JsonObject {
    return { ...delivery, ...this.#updates.get(textAt(delivery, 'id')) };
  }

  /** A delivery source or destination by name; empty when moto has none, which it then says itself. */
  async #describe(call: JsonCall, kind: string, name: unknown): Promise<JsonObject> {
    const answer = await this.#callMoto(call, `Get${kind}`, { name });
    const member = kind.charAt(0).toLowerCase() + kind.slice(1);
    return answer.status === 200 ? objectAt(outputOf(answer), member) : {};
  }

  #callMoto(call: JsonCall, operation: string, input: JsonObject): Promise<ApiAnswer> {
    return this.#moto.passJson(withOperation(call, operation, input));
  }
}
