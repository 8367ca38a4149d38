import { describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { bucketOwner } from '../../ops/bootstrap/bucket-owner.ts';
import { trustLines } from '../../ops/bootstrap/trust-lines.ts';
import { whereStateIs } from '../../ops/bootstrap/where-state-is.ts';
import { synthesizedState } from '../envs/synthesized.ts';
import { deployedDev, TRUST } from './deployed-dev.ts';

const BUCKET = 'storytime-terraform-state-dev';
describe('whom the roles will trust', () => {
  it('is nobody where no repository is named', () => {
    expect(trustLines({ ...dev, deployment: null })).toEqual([]);
  });

  it('is said by each subject, with the GitHub environments that must exist before', () => {
    expect(trustLines(deployedDev).join('\n')).toBe(TRUST);
  });

  it('is the rotation’s environment too where the key commands own the key', () => {
    const lines = trustLines({ ...deployedDev, signingSecretValue: 'keys' });
    expect(lines).toContain(
      '  storytime-dev-deploy-rotate trusts repo:acme/video-library:environment:dev-keys',
    );
    expect(lines.at(-1)).toMatch(
      /^before you say yes, "dev" and "dev-keys" must exist in acme\/video-library, /,
    );
  });

  it('is what the roles’ own policies say, in every environment', () => {
    for (const config of [deployedDev, { ...deployedDev, signingSecretValue: 'keys' } as const]) {
      const stack = synthesizedState(config);
      const inPolicies = Object.values(stack.resource.aws_iam_role ?? {}).flatMap(
        ({ name, assume_role_policy }) => {
          const [statement] = JSON.parse(String(assume_role_policy)).Statement;
          const subjects = [
            statement.Condition.StringEquals['token.actions.githubusercontent.com:sub'],
          ].flat();
          return subjects.map((subject) => `  ${name} trusts ${subject}`);
        },
      );
      expect(
        trustLines(config)
          .filter((line) => line.startsWith('  '))
          .sort(),
      ).toEqual(inPolicies.sort());
      expect(JSON.stringify(stack.output.deploy_trusted_subjects?.value)).toContain(
        'repo:acme/video-library:environment:dev',
      );
    }
  });
});

describe('a bucket that several environments name', () => {
  it('is made with the first of them', () => {
    const staging = { environment: 'staging', state: dev.state };

    expect(bucketOwner(BUCKET, [dev, staging])).toBe('dev');
    expect(bucketOwner(BUCKET, [staging, dev])).toBe('staging');
    expect(bucketOwner('another', [dev, { environment: 'local', state: { kind: 'local' } }])).toBe(undefined);
  });
});

describe('the state that counts', () => {
  const state = { addresses: ['aws_s3_bucket.state'], resources: '[{"name":"state"}]' };

  it('is none before the first run', () => {
    expect(whereStateIs(null, null)).toBe('nowhere');
  });

  it('is the file until it has been moved', () => {
    expect(whereStateIs(state, null)).toBe('file');
  });

  it('is the bucket’s once it has been moved, though a copy is still in the file', () => {
    expect(whereStateIs(null, state)).toBe('bucket');
    expect(whereStateIs(state, { ...state })).toBe('bucket');
  });

  it('is nobody’s to choose when the two are different', () => {
    expect(whereStateIs(state, { ...state, resources: '[]' })).toBe('contradiction');
  });
});
