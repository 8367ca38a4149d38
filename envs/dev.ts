/** Development: signed URLs on the CloudFront name, cheap, and gone without a trace when destroyed. */
import type { EnvironmentConfig } from './config.ts';

export const dev: EnvironmentConfig = {
  environment: 'dev',
  projectName: 'storytime',
  awsRegion: 'eu-central-1',
  allowedAccountIds: ['111122223333'],
  tags: { 'cost-centre': 'storytime-dev' },
  state: {
    kind: 's3',
    bucket: 'storytime-terraform-state-dev',
    region: 'eu-central-1',
    lock: 'lockfile',
    lockTable: null,
  },

  bucketSuffix: null,
  forceDestroy: true,
  mastersVersioning: true,
  mastersGlacierAfterDays: null,
  mastersNoncurrentExpiryDays: 7,

  uploadOrigins: ['https://admin.dev.storytime.example', 'http://localhost:3000'],
  uploadKeyPrefix: 'uploads/',
  uploadMaxBytes: 5_368_709_120,
  uploadContentTypes: ['video/mp4', 'video/quicktime', 'video/x-matroska'],
  uploadExpirySeconds: 3600,

  delivery: 'signed-urls',
  domainName: null,
  acmCertificateArn: null,
  hostedZoneId: null,
  playbackOrigins: ['https://app.dev.storytime.example', 'http://localhost:3000'],
  priceClass: 'PriceClass_100',
  geoAllowList: [],
  playlistTtlSeconds: 60,
  segmentTtlSeconds: 86_400,
  waitForDeployment: false,

  ladder: [
    { shortSidePixels: 234, maxBitrateBps: 145_000 },
    { shortSidePixels: 360, maxBitrateBps: 365_000 },
    { shortSidePixels: 432, maxBitrateBps: 730_000 },
    { shortSidePixels: 540, maxBitrateBps: 2_000_000 },
    { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
    { shortSidePixels: 1080, maxBitrateBps: 6_000_000 },
  ],
  segmentSeconds: 6,

  cloudfrontPrivateKeySecretName: 'storytime/dev/cloudfront_private_key',
  signingSecretValue: 'terraform',
  secretRecoveryDays: 0,
  backendPrincipal: null,

  laptop: null,
};
