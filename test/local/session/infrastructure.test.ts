import { describe, expect, it } from 'vitest';
import { withoutOtherAccounts } from '../../../local/session/infrastructure.ts';

describe('the Terraform of local', () => {
  it.each([
    'AWS_PROFILE',
    'AWS_SESSION_TOKEN',
    'AWS_ENDPOINT_URL_S3',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    'TF_WORKSPACE',
    'TF_DATA_DIR',
    'TF_CLI_ARGS_apply',
    'TF_VAR_cloudfront_private_key',
  ])('does not see %s of the shell, which is meant for another stack', (name) => {
    expect(withoutOtherAccounts({ [name]: 'work' })).toEqual({});
  });

  it.each(['PATH', 'HTTPS_PROXY', 'TF_CLI_CONFIG_FILE', 'TF_PLUGIN_CACHE_DIR', 'TERRAFORM_BINARY_NAME'])(
    'sees %s, which it needs on this machine',
    (name) => expect(withoutOtherAccounts({ [name]: 'here' })).toEqual({ [name]: 'here' }),
  );
});
