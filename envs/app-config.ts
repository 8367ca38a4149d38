/** What a backend reads, as one parameter in SSM for backends that ask at start. */
import { SsmParameter } from '@cdktf/provider-aws/lib/ssm-parameter/index.js';
import { Construct } from 'constructs';

export interface AppConfigProps {
  /** `/<project>/<environment>/app_config` */
  readonly name: string;
  /** Variable to value; nothing secret. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * An SSM parameter with a JSON object: what `npm run env -- <environment> --json` prints.
 *
 * A plain String, since nothing in it is secret; the signing key stays in Secrets Manager.
 */
export class AppConfig extends Construct {
  readonly #parameter: SsmParameter;

  constructor(scope: Construct, id: string, props: AppConfigProps) {
    super(scope, id);
    this.#parameter = new SsmParameter(this, 'parameter', {
      name: props.name,
      description: 'What a backend reads at start, as JSON; nothing secret',
      type: 'String',
      value: JSON.stringify(props.variables),
    });
  }

  /** Name of the parameter, as GetParameter wants it. */
  get name(): string {
    return this.#parameter.name;
  }

  get arn(): string {
    return this.#parameter.arn;
  }
}
