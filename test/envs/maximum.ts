/** An environment with every option on: what no shipped one asks for at once. */
import { generateKeyPairSync } from 'node:crypto';
import type { EnvironmentConfig } from '../../envs/config.ts';
import type { TrustedKeys } from '../../envs/keys.ts';
import { prod } from './examples.ts';

/** Destroyed without asking, so that a suite can apply it. */
export const maximum: EnvironmentConfig = {
  ...prod,
  environment: 'maximum',
  permissionsBoundaryArn: 'arn:aws:iam::444455556666:policy/org/workloads',
  state: {
    kind: 's3',
    bucket: 'storytime-terraform-state-maximum',
    region: 'eu-central-1',
    lock: 'both',
    lockTable: 'storytime-terraform-locks-maximum',
  },
  bucketSuffix: 'a1b2',
  bucketNames: { masters: 'fables-raw-videos', outputs: 'fables-hls-videos' },
  forceDestroy: true,
  preventDestroy: false,
  encryption: 'kms',
  mastersVersioning: true,
  mastersGlacierAfterDays: 0,
  mastersArchiveClass: 'GLACIER_IR',
  mastersExpireAfterDays: 365,
  mastersNoncurrentExpiryDays: 90,
  outputsVersioning: { noncurrentExpiryDays: 7 },
  outputsInfrequentAccessAfterDays: 90,
  accessLogRetentionDays: 30,

  pathPrefix: 'lessons',
  otherDomainNames: ['video.storytime.example', 'media.fables.example'],
  otherDomainZones: [
    { name: 'storytime.example', id: 'Z0123456789EXAMPLE' },
    { name: 'fables.example', id: 'Z9876543210EXAMPLE' },
  ],
  // No certificate: one is requested and proved in the zones.
  acmCertificateArn: null,
  geoAllowList: ['DE', 'AT', 'CH'],
  originShieldRegion: 'eu-central-1',
  webAcl: { kind: 'own', requestsPerFiveMinutes: 2000 },
  bindsViewerIps: true,
  publicThumbnails: true,
  playlistTtlSeconds: 900,
  playlistMaxTtlSeconds: 1800,
  segmentMaxTtlSeconds: 31_536_000,
  waitForDeployment: false,

  packaging: 'cmaf',
  audio: 'group',
  iFramePlaylists: true,
  jobPriority: 10,
  jobHop: { queueArn: 'arn:aws:mediaconvert:eu-central-1:444455556666:queues/spare', afterMinutes: 15 },
  jobEvents: 'queue-and-topic',

  cloudfrontPrivateKeySecretName: 'storytime/maximum/cloudfront_private_key',
  signingSecretValue: 'keys',
  secretRecoveryDays: 7,
  backendPrincipal: {
    kind: 'irsa',
    oidcProviderArn: 'arn:aws:iam::444455556666:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE',
    serviceAccount: 'video/backend',
  },
  backendOutputsAccess: 'publish',
  secretOperators: ['arn:aws:iam::444455556666:role/storytime-oncall'],
  confusedDeputyGuard: true,
  transcodeRoleLogs: true,
  libraryAdminPolicy: true,
  appConfigParameter: true,

  playback: { keyUrl: 'https://api.storytime.example/api/video-keys', accessLogDays: 365 },

  dashboard: true,
  alarmEmail: 'video-oncall@storytime.example',
  monthlyBudgetUsd: 500,
};

/** One key as a PEM, and the active one in KMS. */
export function maximumKeys(): TrustedKeys {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    active: '2026-12-b',
    generations: { '2026-11-a': publicKey.export({ type: 'spki', format: 'pem' }).toString() },
    inKms: { '2026-12-b': 'RSA_2048' },
  };
}
