/** Terraform itself, the AWS provider and where state lives: the same for every stack of an environment. */
import { AwsProvider } from '@cdktf/provider-aws/lib/provider/index.js';
import { LocalBackend, S3Backend, type TerraformStack } from 'cdktf';
import type { EnvironmentConfig } from './config.ts';
import { resourcePrefix, standardTags, stateKey } from './names.ts';

/** 1.10 brought S3's own lock and ephemeral variables, 1.11 write-only arguments. */
const TERRAFORM_VERSIONS = '>= 1.11.0, < 2.0.0';
/** The bindings carry provider 6's schema; nothing here uses an argument that 5.100 does not know. */
const PROVIDER_VERSIONS = '>= 5.100.0, < 7.0.0';

/** The provider, bound to the environment's region and accounts, with tags on everything. */
export function useAws(stack: TerraformStack, config: EnvironmentConfig): void {
  new AwsProvider(stack, 'aws', providerFor(config, config.awsRegion));
  // CDKTF pins the exact version that its bindings were generated from.
  stack.addOverride('terraform.required_providers.aws', {
    source: 'hashicorp/aws',
    version: PROVIDER_VERSIONS,
  });
  stack.addOverride('terraform.required_version', TERRAFORM_VERSIONS);
}

/**
 * The same provider in us-east-1, where CloudFront's certificates, web ACLs, metrics and log deliveries live.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
 */
export function useUsEast1(stack: TerraformStack, config: EnvironmentConfig): AwsProvider {
  return new AwsProvider(stack, 'us_east_1', { alias: 'us_east_1', ...providerFor(config, 'us-east-1') });
}

/** The state backend. Its key follows from the environment's name, so that no two environments can share a state. */
export function useState(stack: TerraformStack, config: EnvironmentConfig): void {
  const { state } = config;
  if (state.kind === 'local') {
    useLocalState(stack);
    return;
  }
  new S3Backend(stack, {
    bucket: state.bucket,
    key: stateKey(config),
    region: state.region,
    encrypt: true,
    allowedAccountIds: [...config.allowedAccountIds],
    ...(state.lockTable !== null && { dynamodbTable: state.lockTable }),
    // The state is in the environment's account, as everything else.
    ...(config.assumeRoleArn !== null && { assumeRole: sessionOf(config, config.assumeRoleArn) }),
  });
  // CDKTF 0.21 does not know this one.
  if (state.lock !== 'dynamodb') stack.addOverride('terraform.backend.s3.use_lockfile', true);
}

/** State beside the synthesized stack. CDKTF's own default would write this machine's absolute path into the JSON. */
export function useLocalState(stack: TerraformStack): void {
  new LocalBackend(stack, { path: 'terraform.tfstate' });
}

function providerFor(config: EnvironmentConfig, region: string) {
  return {
    region,
    allowedAccountIds: [...config.allowedAccountIds],
    defaultTags: [{ tags: { ...config.tags, ...standardTags(config) } }],
    ...(config.assumeRoleArn !== null && { assumeRole: [sessionOf(config, config.assumeRoleArn)] }),
  };
}

/** CloudTrail of the environment's account shows who it is by this name. */
function sessionOf(config: EnvironmentConfig, roleArn: string) {
  return { roleArn, sessionName: `${resourcePrefix(config)}-terraform` };
}
