/** Production: signed cookies on a domain of its own; nothing is destroyed by accident. */
import type { EnvironmentConfig } from './config.ts';

export const prod: EnvironmentConfig = {
  environment: 'prod',
  projectName: 'storytime',
  awsRegion: 'eu-central-1',
  allowedAccountIds: ['444455556666'],
  tags: { 'cost-centre': 'storytime' },
  state: {
    kind: 's3',
    bucket: 'storytime-terraform-state-prod',
    region: 'eu-central-1',
    lock: 'lockfile',
    lockTable: null,
  },

  bucketSuffix: null,
  forceDestroy: false,
  mastersVersioning: true,
  mastersGlacierAfterDays: 60,
  mastersNoncurrentExpiryDays: 90,

  uploadOrigins: ['https://admin.storytime.example'],
  uploadKeyPrefix: 'uploads/',
  uploadMaxBytes: 5_368_709_120,
  uploadContentTypes: ['video/mp4', 'video/quicktime', 'video/x-matroska'],
  uploadExpirySeconds: 3600,

  delivery: 'signed-cookies',
  domainName: 'media.storytime.example',
  acmCertificateArn: 'arn:aws:acm:us-east-1:444455556666:certificate/7f3c2a10-5b1e-4c9d-8e2f-0a1b2c3d4e5f',
  hostedZoneId: 'Z0123456789EXAMPLE',
  playbackOrigins: ['https://app.storytime.example'],
  priceClass: 'PriceClass_All',
  geoAllowList: [],
  playlistTtlSeconds: 60,
  segmentTtlSeconds: 86_400,
  waitForDeployment: true,

  ladder: [
    { shortSidePixels: 234, maxBitrateBps: 145_000 },
    { shortSidePixels: 360, maxBitrateBps: 365_000 },
    { shortSidePixels: 432, maxBitrateBps: 730_000 },
    { shortSidePixels: 540, maxBitrateBps: 2_000_000 },
    { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
    { shortSidePixels: 1080, maxBitrateBps: 6_000_000 },
  ],
  segmentSeconds: 6,

  cloudfrontPrivateKeySecretName: 'storytime/prod/cloudfront_private_key',
  signingSecretValue: 'keys',
  secretRecoveryDays: 30,
  backendPrincipal: null,

  laptop: null,
};
