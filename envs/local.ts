/** One laptop: the same modules against the local AWS API, applied in seconds, gone with the run. */
import type { EnvironmentConfig } from './config.ts';

export const local: EnvironmentConfig = {
  environment: 'local',
  projectName: 'storytime',
  awsRegion: 'eu-central-1',
  allowedAccountIds: ['123456789012'],
  tags: { 'cost-centre': 'laptop' },
  state: { kind: 'local' },

  bucketSuffix: null,
  forceDestroy: true,
  mastersVersioning: true,
  mastersGlacierAfterDays: null,
  mastersNoncurrentExpiryDays: null,

  uploadOrigins: ['http://localhost:4400'],
  uploadKeyPrefix: 'uploads/',
  uploadMaxBytes: 5_368_709_120,
  uploadContentTypes: ['video/mp4', 'video/quicktime', 'video/x-matroska'],
  uploadExpirySeconds: 3600,

  delivery: 'signed-cookies',
  domainName: null,
  acmCertificateArn: null,
  hostedZoneId: null,
  playbackOrigins: ['http://localhost:4400'],
  priceClass: 'PriceClass_100',
  geoAllowList: [],
  playlistTtlSeconds: 60,
  segmentTtlSeconds: 86_400,
  waitForDeployment: false,

  ladder: [
    { shortSidePixels: 234, maxBitrateBps: 145_000 },
    { shortSidePixels: 360, maxBitrateBps: 365_000 },
    { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
  ],
  segmentSeconds: 6,

  cloudfrontPrivateKeySecretName: 'storytime/local/cloudfront_private_key',
  signingSecretValue: 'keys',
  secretRecoveryDays: 0,
  backendPrincipal: null,

  laptop: { demoPort: 4400, edgePort: 4443, edgeHttpPort: 4480 },
};
