/** What can be wrong outside this program when an edge starts, and what to do about it. Pure. */
import { CloudFrontServiceException } from '@aws-sdk/client-cloudfront';
import { OptionError } from '../../aws/values/option-error.ts';
import { UnsupportedDistributionError } from '../../edge/index.ts';
import { awsFailureText } from '../terraform/aws-failure.ts';
import { UsageError } from '../terraform/targets.ts';

/** The second listener, and the option that sets its port. */
export interface OtherListener {
  readonly port: number | undefined;
  readonly option: string;
}

/** @returns the error as one line with the remedy, where its kind is known; otherwise as it is */
export function withRemedy(error: unknown, other: OtherListener, env: NodeJS.ProcessEnv): unknown {
  const ofAws = awsFailureText(error, env);
  if (ofAws !== null) {
    return new UsageError(`${ofAws}; without an AWS API: --from-synth <environment>`, { cause: error });
  }
  return isOfTheWorld(error) ? new UsageError(remedyFor(error, other), { cause: error }) : error;
}

/** A distribution, a folder, a port or an API that is not as it must be: a line, and not a stack trace. */
function isOfTheWorld(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return (
    error instanceof UnsupportedDistributionError ||
    error instanceof CloudFrontServiceException ||
    ['EADDRINUSE', 'EACCES'].includes(systemErrorOf(error)?.code ?? '') ||
    error instanceof OptionError
  );
}

function remedyFor(error: Error, other: OtherListener): string {
  const { code, port } = systemErrorOf(error) ?? {};
  const option = port === other.port ? other.option : '--port';
  switch (code) {
    case 'EADDRINUSE':
      return `${error.message} with ${option}`;
    case 'EACCES':
      return `${option} ${port}: you may not listen on this port; use 1024 or more`;
    default:
      return error instanceof OptionError ? withOwnNames(error) : error.message;
  }
}

/** What the commands call the options of the edge. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ['directory', '--directory'],
  ['endpoint', '--s3-endpoint'],
]);

/** What is no option of a command keeps its name: a variable, or what the command itself gives. */
function withOwnNames({ options, why }: OptionError): string {
  return `${options.map((name) => OPTIONS.get(name) ?? `"${name}"`).join(' and ')}: ${why}`;
}

/** What the system said, in the error or behind it. */
function systemErrorOf(error: Error): (NodeJS.ErrnoException & { readonly port?: number }) | undefined {
  return [error, error.cause].find((each) => each instanceof Error && 'code' in each) as
    | NodeJS.ErrnoException
    | undefined;
}
