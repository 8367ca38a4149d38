import { describe, expect, it } from 'vitest';
import { refuseSharedNames } from '../../envs/across.ts';
import { dev } from '../../envs/dev.ts';
import { environments } from '../../envs/environments.ts';
import { prod } from '../../envs/prod.ts';

describe('environments beside each other', () => {
  it('as they are shipped share nothing', () => {
    expect(() => refuseSharedNames([...environments.values()])).not.toThrow();
  });

  it.each([
    ['storytime-terraform-state-prod', 'states'],
    ['storytime-hls-outputs-prod', 'outputs'],
    ['storytime-master-uploads-prod', 'masters'],
    ['storytime-access-logs-prod', 'access logs'],
  ])('are refused a bucket of another one: %s', (masters, purpose) => {
    const config = { ...dev, bucketNames: { masters, outputs: 'team-hls' } };

    expect(() => refuseSharedNames([config, prod])).toThrow(
      `bucketNames.masters: expected a bucket of its own: this is the bucket for ${purpose} of "prod"`,
    );
  });

  it('are refused names that an environment and a suffix give twice', () => {
    const one = { ...dev, environment: 'eu', bucketSuffix: 'test-a' };
    const other = { ...dev, environment: 'eu-test', bucketSuffix: 'a' };

    expect(() => refuseSharedNames([one, other])).toThrow('bucketSuffix: expected a bucket of its own');
  });

  it('may share a bucket for their states', () => {
    expect(() => refuseSharedNames([dev, { ...prod, state: dev.state }])).not.toThrow();
  });

  it('are refused a boundary that a deployment of another one may rewrite', () => {
    const config = { ...dev, permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/storytime-prod-app' };

    expect(() => refuseSharedNames([config, prod])).toThrow(
      'permissionsBoundaryArn: expected a policy that no',
    );
  });
});
