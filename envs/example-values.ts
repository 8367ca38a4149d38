/**
 * The values that the repository ships so that a fresh clone synthesizes, and that belong to nobody: an account that is not
 * yours, a repository of somebody else, hosts that cannot exist. Synth warns of them; bootstrap and apply refuse them.
 */
import type { EnvironmentConfig } from './config.ts';

interface OwnField {
  /** `state.bucket`; of a list, every member is looked at. */
  readonly path: string;
  readonly isExample: (value: string, config: EnvironmentConfig) => boolean;
}

/** Accounts that AWS's documentation uses for examples. */
const ACCOUNT = /\b(?:111122223333|123456789012|444455556666)\b/;
/** Names that are reserved for examples and belong to nobody (RFC 2606). */
const HOST = /(?:^|[./@])(?:[a-z0-9-]+\.)*(?:example|example\.(?:com|net|org))(?::\d+)?$/i;

/**
 * Every field whose shipped value has to be replaced, and how such a value is recognised: also the one that a copy of the
 * file gets by renaming the environment in it. A test compares this list with what dev.ts and prod.ts ship, with the schema,
 * and with the documents that name these fields.
 */
export const OWN_FIELDS: readonly OwnField[] = [
  { path: 'allowedAccountIds', isExample: (id) => ACCOUNT.test(id) },
  // Bucket names are unique in the world: the state would be sent to the owner of this one.
  {
    path: 'state.bucket',
    isExample: (name, { environment }) =>
      ['dev', 'prod', environment].some((shipped) => name === `storytime-terraform-state-${shipped}`),
  },
  // In clones made while the first was shipped, and in the documents: the owner of such a repository would be trusted.
  {
    path: 'deployment.repository',
    isExample: (name) => /^(?:storytime|acme)(?:@\d+)?\/video-library(?:@\d+)?$/i.test(name),
  },
  { path: 'uploadOrigins', isExample: (origin) => HOST.test(origin) },
  { path: 'domainName', isExample: (name) => HOST.test(name) },
  {
    path: 'acmCertificateArn',
    isExample: (arn) => ACCOUNT.test(arn) || arn.endsWith('/7f3c2a10-5b1e-4c9d-8e2f-0a1b2c3d4e5f'),
  },
  { path: 'hostedZoneId', isExample: (id) => id === 'Z0123456789EXAMPLE' },
  { path: 'playbackOrigins', isExample: (origin) => HOST.test(origin) },
  { path: 'secretOperators', isExample: (arn) => ACCOUNT.test(arn) },
  { path: 'alarmEmail', isExample: (address) => HOST.test(address) },
];

/** The fields that still hold an example, in the order of the file; none for `local`, which is applied to no account. */
export function exampleFields(config: EnvironmentConfig): string[] {
  if (config.localPorts !== null) return [];
  return OWN_FIELDS.filter(({ path, isExample }) =>
    valuesAt(config, path).some((value) => isExample(value, config)),
  ).map(({ path }) => path);
}

/** What is wrong and what to do, as the start of a sentence; null when there is nothing to say. */
export function exampleValuesText(config: EnvironmentConfig): string | null {
  const fields = exampleFields(config);
  if (fields.length === 0) return null;
  return (
    `envs/${config.environment}.ts still has example values in ${fields.join(', ')}: ` +
    'replace each with a value of your own first (docs/first-deploy.md, "The names that must be yours")'
  );
}

function valuesAt(config: EnvironmentConfig, path: string): string[] {
  const value = path
    .split('.')
    .reduce<unknown>((inner, name) => (inner as Readonly<Record<string, unknown>> | null)?.[name], config);
  return [value].flat().filter((one) => typeof one === 'string');
}
