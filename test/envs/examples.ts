/** The shipped dev and prod under the names of an example company, whatever a clone has made its own in them. */
import type { EnvironmentConfig } from '../../envs/config.ts';
import { dev as shippedDev } from '../../envs/dev.ts';
import { prod as shippedProd } from '../../envs/prod.ts';

const common = {
  projectName: 'storytime',
  awsRegion: 'eu-central-1',
  bucketSuffix: null,
  geoAllowList: [],
  jobHop: null,
  deployment: { repository: 'storytime/video-library', oidcProviderArn: null },
} as const;

export const dev: EnvironmentConfig = {
  ...shippedDev,
  ...common,
  allowedAccountIds: ['111122223333'],
  tags: { 'cost-centre': 'storytime-dev' },
  state: {
    kind: 's3',
    bucket: 'storytime-terraform-state-dev',
    region: 'eu-central-1',
    lock: 'lockfile',
    lockTable: null,
  },
  forceDestroy: true,
  preventDestroy: false,
  encryption: 'aws-owned',
  accessLogRetentionDays: null,
  uploadOrigins: ['https://admin.dev.storytime.example', 'http://localhost:3000'],
  delivery: 'signed-urls',
  domainName: null,
  acmCertificateArn: null,
  hostedZoneId: null,
  playbackOrigins: ['https://app.dev.storytime.example', 'http://localhost:3000'],
  webAcl: null,
  cloudfrontPrivateKeySecretName: 'storytime/dev/cloudfront_private_key',
  signingSecretValue: 'terraform',
  backendPrincipal: null,
  secretOperators: [],
  alarmEmail: null,
  monthlyBudgetUsd: null,
};

export const prod: EnvironmentConfig = {
  ...shippedProd,
  ...common,
  allowedAccountIds: ['444455556666'],
  tags: { 'cost-centre': 'storytime' },
  state: {
    kind: 's3',
    bucket: 'storytime-terraform-state-prod',
    region: 'eu-central-1',
    lock: 'lockfile',
    lockTable: null,
  },
  mastersGlacierAfterDays: 60,
  mastersNoncurrentExpiryDays: 90,
  uploadOrigins: ['https://admin.storytime.example'],
  delivery: 'signed-cookies',
  domainName: 'media.storytime.example',
  acmCertificateArn: 'arn:aws:acm:us-east-1:444455556666:certificate/7f3c2a10-5b1e-4c9d-8e2f-0a1b2c3d4e5f',
  hostedZoneId: 'Z0123456789EXAMPLE',
  playbackOrigins: ['https://app.storytime.example'],
  webAcl: { kind: 'own', requestsPerFiveMinutes: 10_000 },
  bindsViewerIps: false,
  waitForDeployment: true,
  cloudfrontPrivateKeySecretName: 'storytime/prod/cloudfront_private_key',
  backendPrincipal: { kind: 'ecs' },
  secretOperators: ['arn:aws:iam::444455556666:role/storytime-oncall'],
  alarmEmail: 'video-oncall@storytime.example',
  monthlyBudgetUsd: 500,
};
