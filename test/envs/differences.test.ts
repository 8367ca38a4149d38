import { describe, expect, it } from 'vitest';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { dev } from '../../envs/dev.ts';
import { environments } from '../../envs/environments.ts';
import { prod } from '../../envs/prod.ts';

type Key = keyof EnvironmentConfig;

/**
 * Every key in order, and whether dev and prod differ in it. What viewers and backends meet is the `same`, or prod would
 * be the first to try it; a name of its own must `differ`; protection, money, accounts and hosts may.
 */
const KEYS: Readonly<Record<Key, 'same' | 'differ' | 'may differ'>> = {
  environment: 'differ',
  projectName: 'same',
  awsRegion: 'same',
  allowedAccountIds: 'may differ',
  tags: 'may differ',
  state: 'may differ',
  deployment: 'may differ',
  bucketSuffix: 'may differ',
  forceDestroy: 'may differ',
  preventDestroy: 'may differ',
  encryption: 'may differ',
  mastersVersioning: 'same',
  mastersGlacierAfterDays: 'may differ',
  mastersNoncurrentExpiryDays: 'may differ',
  outputsInfrequentAccessAfterDays: 'may differ',
  accessLogRetentionDays: 'may differ',
  uploadOrigins: 'may differ',
  uploadKeyPrefix: 'same',
  uploadMaxBytes: 'same',
  longestMasterSeconds: 'same',
  uploadContentTypes: 'same',
  uploadExpirySeconds: 'same',
  delivery: 'may differ',
  domainName: 'may differ',
  acmCertificateArn: 'may differ',
  hostedZoneId: 'may differ',
  playbackOrigins: 'may differ',
  priceClass: 'may differ',
  geoAllowList: 'may differ',
  originShieldRegion: 'may differ',
  webAcl: 'may differ',
  bindsViewerIps: 'same',
  playlistTtlSeconds: 'same',
  playlistMaxTtlSeconds: 'same',
  segmentTtlSeconds: 'same',
  segmentMaxTtlSeconds: 'same',
  waitForDeployment: 'may differ',
  ladder: 'same',
  segmentSeconds: 'same',
  packaging: 'same',
  audio: 'same',
  iFramePlaylists: 'same',
  jobPriority: 'same',
  jobHop: 'may differ',
  jobEvents: 'same',
  cloudfrontPrivateKeySecretName: 'differ',
  signingSecretValue: 'may differ',
  signerCacheSeconds: 'same',
  longestSignatureSeconds: 'same',
  secretRecoveryDays: 'may differ',
  backendPrincipal: 'may differ',
  backendOutputsAccess: 'same',
  secretOperators: 'may differ',
  confusedDeputyGuard: 'same',
  transcodeRoleLogs: 'may differ',
  appConfigParameter: 'same',
  dashboard: 'may differ',
  alarmEmail: 'may differ',
  monthlyBudgetUsd: 'may differ',
  laptop: 'same',
};

describe('the environments that are shipped', () => {
  it.each([...environments.values()])('parses $environment without a violation', (config) => {
    expect(parseEnvironment(config)).toEqual(config);
  });

  it.each([...environments.values()])(
    'have the same keys in the same order, so that a diff of two files is their whole difference: $environment',
    (config) => {
      expect(Object.keys(config)).toEqual(Object.keys(KEYS));
    },
  );

  it('are the same in dev and prod in every key that is not marked: what works in dev works in prod', () => {
    expect(differing.filter((key) => KEYS[key] === 'same')).toEqual([]);
  });

  it('have names of their own in dev and prod', () => {
    expect(differing).toEqual(expect.arrayContaining(keys.filter((key) => KEYS[key] === 'differ')));
  });
});

const keys = Object.keys(KEYS) as Key[];
const differing = keys.filter((key) => JSON.stringify(dev[key]) !== JSON.stringify(prod[key]));
