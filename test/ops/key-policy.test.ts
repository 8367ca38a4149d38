import { describe, expect, it } from 'vitest';
import { keyPolicy } from '../../ops/key-policy/key-policy.ts';
import { UsageError } from '../../ops/terraform/targets.ts';
import { dev, prod } from '../envs/examples.ts';

const config = {
  ...prod,
  encryptionKeyArn: 'arn:aws:kms:eu-central-1:444455556666:key/1a2b3c4d-1234-5678-9abc-1a2b3c4d5e6f',
};

describe('the policy of an existing key', () => {
  it('names the account and the distribution that was applied', async () => {
    const { document, missing } = await keyPolicy(config, async () => ({
      cloudfront_distribution_id: 'E1A2B3',
    }));

    expect(missing).toBe(null);
    expect(JSON.parse(document)).toMatchObject({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'UseByIam', Principal: { AWS: 'arn:aws:iam::444455556666:root' } },
        {
          Sid: 'AllowCloudFrontDecrypt',
          Principal: { Service: 'cloudfront.amazonaws.com' },
          Condition: {
            StringEquals: { 'AWS:SourceArn': ['arn:aws:cloudfront::444455556666:distribution/E1A2B3'] },
          },
        },
      ],
    });
  });

  it('is what a first apply needs before there is a distribution, and says what is missing', async () => {
    const { document, missing } = await keyPolicy(config, async () => ({}));

    expect(JSON.parse(document).Statement).toMatchObject([{ Sid: 'UseByIam' }]);
    expect(missing).toContain('run this again after npm run apply -- prod');
  });

  it.each([
    ['whose stack makes its key', prod, 'the stack manages its own key policy'],
    ['without a KMS key', dev, 'the environment encrypts with keys that AWS owns'],
  ])('is refused for an environment %s, before anything is read', async (_what, other, message) => {
    const reads = () => {
      throw new Error('outputs were read');
    };
    await expect(keyPolicy(other, reads)).rejects.toThrow(UsageError);
    await expect(keyPolicy(other, reads)).rejects.toThrow(message);
  });
});
