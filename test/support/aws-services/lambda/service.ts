/**
 * The layer in front of moto's Lambda: it keeps the code of functions and runs it; moto keeps everything else, and would run it
 * in a container.
 */

import { decide } from '../../../../aws/iam/evaluate.ts';
import { accountIn, regionIn, resourceIn } from '../../../../aws/values/arns.ts';
import type { ApiAnswer, ApiRequest } from '../../../../local/aws-api/api-request.ts';
import { notImplemented } from '../../../../local/aws-api/aws-error.ts';
import { credentialScopeOf } from '../../../../local/aws-api/credential-scope.ts';
import { type JsonObject, objectAt, textAt } from '../../../../local/aws-api/json-call.ts';
import type { MotoClient } from '../../../../local/aws-api/moto-client.ts';
import { parsePolicy } from '../../../../local/aws-api/stored-policy.ts';
import { runHandler } from './run-handler.ts';

const FUNCTIONS = '/2015-03-31/functions';
/** Lambda's longest function; one that says nothing has three seconds. */
const DEFAULT_TIMEOUT_SECONDS = 3;

/** A service that calls a function for one of its own resources. */
export interface ServiceCall {
  readonly service: string;
  readonly sourceArn: string;
  readonly event: string;
}

export class LambdaLayer {
  readonly #moto: MotoClient;
  readonly #accountId: string;
  /** Zip files by region and name. */
  readonly #packages = new Map<string, Buffer>();

  constructor(options: { moto: MotoClient; accountId: string }) {
    this.#moto = options.moto;
    this.#accountId = options.accountId;
  }

  /** Answers one call; everything but the code is moto's. @throws AwsError 501 for an invocation by a client */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    if (request.path.endsWith('/invocations')) throw notImplemented('lambda Invoke');
    const answer = await this.#moto.pass(request);
    if (answer.status >= 300) return answer;
    const region = credentialScopeOf(request)?.region ?? '';
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/code$/.exec(request.path) ?? [];
    if (request.method === 'POST' && request.path.replace(/\/$/, '') === FUNCTIONS) {
      const input = JSON.parse(request.body) as JsonObject;
      this.#keep(region, textAt(input, 'FunctionName'), objectAt(input, 'Code'));
    } else if (request.method === 'PUT' && name !== undefined) {
      this.#keep(region, decodeURIComponent(name), JSON.parse(request.body) as JsonObject);
    }
    return answer;
  }

  /** Runs a function if its own policy lets the service call it. Null once it has ended well, else why it has not. */
  async call(functionArn: string, { service, sourceArn, event }: ServiceCall): Promise<string | null> {
    const region = regionIn(functionArn);
    const name = resourceIn(functionArn).replace(/^function:/, '');
    const configuration = await this.#read(region, `${name}/configuration`);
    const code = this.#packages.get(`${region}/${name}`);
    if (configuration === null || code === undefined) return `${functionArn} does not exist`;
    const policy = await this.#read(region, `${name}/policy`);
    const principal = { kind: 'service', service, sourceArn, sourceAccount: this.#accountId } as const;
    const access = { principal, action: 'lambda:InvokeFunction', resource: functionArn };
    const document = policy === null ? undefined : parseFunctionPolicy(textAt(policy, 'Policy'));
    if (accountIn(functionArn) !== this.#accountId || decide(document, access) !== 'allow') {
      return `the policy of ${functionArn} does not allow it`;
    }
    return runHandler({
      code,
      runtime: textAt(configuration, 'Runtime'),
      handler: textAt(configuration, 'Handler'),
      variables: objectAt(objectAt(configuration, 'Environment'), 'Variables') as Record<string, string>,
      timeoutSeconds: Number(configuration.Timeout ?? DEFAULT_TIMEOUT_SECONDS),
      event,
    });
  }

  #keep(region: string, name: string, code: JsonObject): void {
    const zip = textAt(code, 'ZipFile');
    if (zip !== '') this.#packages.set(`${region}/${name}`, Buffer.from(zip, 'base64'));
  }

  async #read(region: string, path: string): Promise<JsonObject | null> {
    const headers = { authorization: this.#moto.authorization('lambda', undefined, region) };
    const { status, body } = await this.#moto.call({
      method: 'GET',
      target: `${FUNCTIONS}/${path}`,
      headers,
    });
    return status === 200 ? (JSON.parse(body) as JsonObject) : null;
  }
}

function parseFunctionPolicy(text: string) {
  return parsePolicy(text, {
    service: 'lambda',
    takesResource: (arn) => arn.startsWith('arn:aws:lambda:'),
    malformedCode: 'InvalidParameterValueException',
  });
}
