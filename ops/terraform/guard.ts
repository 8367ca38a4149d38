/** What is refused before Terraform runs: a laptop's environment outside it, and keys that nobody holds. */
import { type Target, UsageError } from './targets.ts';

/** Whether AWS calls end on this machine. */
export function isLoopback(endpoint: string | undefined): boolean {
  if (!endpoint || !URL.canParse(endpoint)) return false;
  const { hostname } = new URL(endpoint);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** @throws UsageError for a laptop's environment when AWS_ENDPOINT_URL does not point at this machine */
export function refuseLaptopOnAws({ name, config }: Target, env: NodeJS.ProcessEnv): void {
  if (config.laptop === null || isLoopback(env.AWS_ENDPOINT_URL)) return;
  throw new UsageError(
    `"${name}" belongs to a laptop and AWS_ENDPOINT_URL names no loopback address: npm start applies it`,
  );
}

/** @throws UsageError for example keys, unless AWS is the local one: no signature could ever open what they guard */
export function refuseExampleKeys(target: Target, env: NodeJS.ProcessEnv): void {
  if (isLoopback(env.AWS_ENDPOINT_URL)) return;
  const [example] = target.exampleGenerations();
  if (example === undefined) return;
  throw new UsageError(
    `envs/keys/${target.name}/${example}.pem is the example that came with the repository, and nobody holds its ` +
      'private key: put your own there first (README, "The signing key")',
  );
}
