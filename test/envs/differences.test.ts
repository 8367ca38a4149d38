import { describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { parseEnvironment } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';
import { environments } from '../../envs/environments.ts';
import { local } from '../../envs/local.ts';
import { prod } from '../../envs/prod.ts';

describe('the environments that are shipped', () => {
  it.each([...environments.values()])('parses $environment without a violation', (config) => {
    expect(parseEnvironment(config)).toEqual(config);
  });

  it('have the same keys in the same order, so that a diff of two files is the whole difference', () => {
    expect(Object.keys(prod)).toEqual(Object.keys(dev));
    expect(Object.keys(local)).toEqual(Object.keys(dev));
  });

  it('differ between dev and prod in these keys only', () => {
    expect(differingKeys(dev, prod)).toEqual([
      'environment',
      'allowedAccountIds',
      'tags',
      'state',
      'forceDestroy',
      'preventDestroy',
      'encryption',
      'mastersGlacierAfterDays',
      'mastersNoncurrentExpiryDays',
      'outputsInfrequentAccessAfterDays',
      'accessLogRetentionDays',
      'uploadOrigins',
      'delivery',
      'domainName',
      'acmCertificateArn',
      'hostedZoneId',
      'playbackOrigins',
      'priceClass',
      'originShieldRegion',
      'webAcl',
      'waitForDeployment',
      'cloudfrontPrivateKeySecretName',
      'signingSecretValue',
      'secretRecoveryDays',
      'backendPrincipal',
      'secretOperators',
      'dashboard',
      'alarmEmail',
      'monthlyBudgetUsd',
    ]);
  });
});

function differingKeys(a: EnvironmentConfig, b: EnvironmentConfig): string[] {
  const keys = Object.keys(a) as (keyof EnvironmentConfig)[];
  return keys.filter((key) => JSON.stringify(a[key]) !== JSON.stringify(b[key]));
}
