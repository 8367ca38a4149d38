/** What stays on this machine: host names, and the AWS that a process would talk to. */

/** `localhost` and its subdomains (RFC 6761), 127.0.0.0/8 and `[::1]`, as `URL` spells them. */
export function isLoopbackHost(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^\[::1\]$|^127(?:\.\d{1,3}){3}$/.test(hostname.toLowerCase());
}

/**
 * Whether every AWS call of a process with this environment ends on this machine: `AWS_ENDPOINT_URL` names
 * it, no endpoint of a single service names another, and they are not ignored.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export function isLocalAws(env: NodeJS.ProcessEnv): boolean {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return false;
  const endpoints = Object.keys(env).filter(
    (name) => /^AWS_ENDPOINT_URL(_|$)/.test(name) && env[name] !== '',
  );
  return endpoints.includes('AWS_ENDPOINT_URL') && endpoints.every((name) => endsHere(env[name] ?? ''));
}

function endsHere(endpoint: string): boolean {
  return URL.canParse(endpoint) && isLoopbackHost(new URL(endpoint).hostname);
}
