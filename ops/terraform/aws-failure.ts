/**
 * Why AWS could not be asked, and what a person does about it: one place for the SDK's errors and for what Terraform prints,
 * whichever command met them. Pure.
 *
 * @see https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */

import { stripVTControlCharacters } from 'node:util';
import { AssumeRoleError } from '../../aws/account/role-session.ts';
import { isLoopbackHost } from '../../aws/values/loopback.ts';

type Trouble = 'unreachable' | 'no-credentials' | 'expired' | 'not-accepted' | 'clock';

/** `AWS_ENDPOINT_URL`, and one for each service: `AWS_ENDPOINT_URL_S3`. */
const ENDPOINT = /^AWS_ENDPOINT_URL(?:_[A-Z0-9_]+)?$/;

/** The one that stands first is the cause: a token that has expired is also why no credentials were found. */
const IN_WORDS: readonly (readonly [Trouble, RegExp])[] = [
  ['clock', /\bRequestTimeTooSkewed\b|\bSignature (?:expired|not yet current)\b/],
  [
    'expired',
    /\bExpiredToken(?:Exception)?\b|\bRequestExpired\b|\bTokenRefreshRequired\b|(?:token|session|credentials)\b[^.:]{0,120}\b(?:has|have|is|are) expired|InvalidGrantException/i,
  ],
  ['not-accepted', /\b(?:InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|AuthFailure)\b/],
  [
    'unreachable',
    /(?:request send failed|exceeded maximum number of attempts|Client\.Timeout)[\s\S]{0,600}?(?:dial tcp|connection refused|no such host|i\/o timeout|network is unreachable|EOF)/i,
  ],
  [
    'no-credentials',
    /No valid credential sources found|failed to get shared config profile|no EC2 IMDS role found|failed to refresh cached credentials|Could not load credentials|Could not resolve credentials/i,
  ],
];

const UNREACHABLE_CODES =
  /^(?:ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|UND_ERR_CONNECT_TIMEOUT)$/;

/** What the SDK met, as a remedy; null for any other error. Only errors of the SDK, and of the network behind it, count. */
export function awsFailureText(error: unknown, env: NodeJS.ProcessEnv): string | null {
  const chain = chainOf(error);
  for (const one of chain) {
    if (one instanceof AssumeRoleError) return one.message;
    if ('code' in one && one.code === 'ERR_INVALID_URL') return invalidEndpointText(env);
    const trouble = troubleOf(one);
    if (trouble !== null) return remedyFor(trouble, env, hostOf(chain));
  }
  return null;
}

/** The same of the lines that Terraform or its provider wrote; null for a failure of another kind. */
export function terraformAwsFailureText(lines: readonly string[], env: NodeJS.ProcessEnv): string | null {
  // Terraform draws a box and breaks lines within a sentence.
  const said = lines
    .map((line) => stripVTControlCharacters(line).replace(/^[│╷╵\s]+/, ''))
    .join(' ')
    .replace(/\s+/g, ' ');
  const found = IN_WORDS.find(([, pattern]) => pattern.test(said));
  if (found === undefined) return null;
  const [, host = null] = /https?:\/\/([^/\s"]+)\/?[^\n]{0,200}?dial tcp/.exec(said) ?? [];
  return remedyFor(found[0], env, host);
}

function troubleOf(error: Error): Trouble | null {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isOfAws = '$metadata' in error || /Credentials|Token|SSO/i.test(error.name);
  if (isOfAws) {
    const found = IN_WORDS.find(
      ([trouble, pattern]) => trouble !== 'unreachable' && pattern.test(`${error.name}: ${error.message}`),
    );
    if (found !== undefined) return found[0];
  }
  if (/^(?:CredentialsProviderError|TokenProviderError)$/.test(error.name)) return 'no-credentials';
  return UNREACHABLE_CODES.test(code) ? 'unreachable' : null;
}

/** The error, its causes, and the attempts that one connection made. */
function chainOf(error: unknown, depth = 0): Error[] {
  if (!(error instanceof Error) || depth > 5) return [];
  const attempts: readonly unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error, ...[error.cause, ...attempts].flatMap((one) => chainOf(one, depth + 1))];
}

function hostOf(chain: readonly Error[]): string | null {
  const named = chain.find((one): one is Error & { hostname: string } => 'hostname' in one);
  return named === undefined ? null : String(named.hostname);
}

function remedyFor(trouble: Trouble, env: NodeJS.ProcessEnv, host: string | null): string {
  const profile = env.AWS_PROFILE ? `the profile ${JSON.stringify(env.AWS_PROFILE)} (AWS_PROFILE)` : null;
  const signIn = profile === null ? 'set AWS_PROFILE and run aws sso login' : 'run aws sso login';
  switch (trouble) {
    case 'unreachable':
      return unreachableText(env, host);
    case 'clock':
      return "AWS refuses requests because this machine's clock is wrong: set the clock, then run the same command again";
    case 'no-credentials':
      return profile === null
        ? `no AWS credentials found: ${signIn}, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`
        : `no AWS credentials found in ${profile}: ${signIn}, or name another profile`;
    case 'expired':
      return `the AWS credentials${profile === null ? '' : ` of ${profile}`} have expired: ${signIn}, or get new ones as you got these`;
    case 'not-accepted':
      return `AWS does not accept the credentials${profile === null ? '' : ` of ${profile}`}: ${signIn}, and check AWS_ENDPOINT_URL (${shownEndpoint(env) ?? 'not set'})`;
  }
}

/** The SDK parses the address at its first call, and says neither which variable it is nor that it is one. */
function invalidEndpointText(env: NodeJS.ProcessEnv): string | null {
  const names = Object.keys(env).filter((name) => ENDPOINT.test(name) && !URL.canParse(env[name] || 'none:'));
  if (names.length === 0) return null;
  return `${names.join(', ')}: expected the address of an AWS API, such as http://127.0.0.1:5000; unset it to ask AWS`;
}

function unreachableText(env: NodeJS.ProcessEnv, host: string | null): string {
  const endpoint = shownEndpoint(env);
  if (endpoint === null) {
    return `Cannot reach the AWS API${host === null ? '' : ` at ${host}`}. Check the network, the VPN and the proxy`;
  }
  const isLocal = URL.canParse(endpoint) && isLoopbackHost(new URL(endpoint).hostname);
  const then = isLocal ? 'Is npm start still running?' : 'Check the address and the network';
  return `Cannot reach the AWS API at ${endpoint} (AWS_ENDPOINT_URL). ${then}`;
}

/** Without a user and a password that it may hold; null where it is not set. */
function shownEndpoint({ AWS_ENDPOINT_URL: text }: NodeJS.ProcessEnv): string | null {
  if (!text) return null;
  return URL.canParse(text) ? new URL(text).origin : 'an invalid address';
}
