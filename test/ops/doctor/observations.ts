/** An environment where everything is right, for tests of what else could be. */
import { generateKeyPairSync } from 'node:crypto';
import type { BehaviourSummary, DistributionSummary } from '../../../aws/cloudfront/distribution.ts';
import { keyFingerprint } from '../../../modules/cloudfront_hls/index.ts';
import { diagnose } from '../../../ops/doctor/diagnose.ts';
import { evidenceOf } from '../../../ops/doctor/evidence.ts';
import type { Observation, Viewer } from '../../../ops/doctor/observation.ts';
import { diagnosisJson, diagnosisText } from '../../../ops/doctor/report.ts';
import { subjectOf } from '../../../ops/doctor/subject.ts';
import { parseViewerUrl } from '../../../ops/doctor/viewer-url.ts';
import { asCookies, policyFor, signPolicy } from './signatures.ts';

export const HOST = 'media.example.com';
const ID = 'K2ACTIVE000000';
const CREATED_AT = new Date('2026-11-01T00:00:00Z');

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
export const SIGNED_BY = { keyPairId: ID, privateKey: pair.privateKey };
export const COOKIES = asCookies(signPolicy(policyFor(`https://${HOST}/books/42/*`), SIGNED_BY));

export const BEHAVIOUR: BehaviourSummary = {
  pathPattern: '*',
  viewerProtocolPolicy: 'redirect-to-https',
  allowedMethods: ['GET', 'HEAD'],
  keyGroupIds: ['group'],
  originId: 'hls',
  responseHeadersPolicyId: 'headers',
};

const DISTRIBUTION: DistributionSummary = {
  id: 'E2PROD00000000',
  arn: 'arn:aws:cloudfront::444455556666:distribution/E2PROD00000000',
  comment: 'storytime-prod: private HLS',
  domainName: 'd111111abcdef8.cloudfront.net',
  aliases: [HOST],
  enabled: true,
  isDeployed: true,
  geoRestriction: { type: 'none', countries: [] },
  webAcl: null,
  behaviours: [BEHAVIOUR],
  origins: [{ id: 'hls', bucket: 'hls-prod', path: '', accessControlId: 'OAC' }],
};

export const VIEWER: Viewer = {
  method: 'GET',
  url: parseViewerUrl(`https://${HOST}/books/42/index.m3u8`),
  cookies: COOKIES,
  keptBack: [],
  ip: null,
  country: null,
  origin: null,
  fromHar: null,
};

/** What `viewerFrom` asks for besides the flags and what was pasted. */
export const SEEN = {
  now: new Date(),
  hosts: { environment: 'prod', names: [HOST, DISTRIBUTION.domainName], edgePorts: [] },
} as const;

const BUCKET_POLICY = JSON.stringify({
  Statement: [
    {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::hls-prod', 'arn:aws:s3:::hls-prod/*'],
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
    {
      Effect: 'Allow',
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::hls-prod/*',
      Condition: { StringEquals: { 'AWS:SourceArn': DISTRIBUTION.arn } },
    },
  ],
});

const LET_IN: Observation['answer'] = {
  kind: 'answered',
  address: `https://${HOST}/books/42/index.m3u8`,
  status: 200,
  by: 'cloudfront',
  fromCache: false,
  allowsOrigin: null,
};

export const WELL: Observation = {
  environment: 'prod',
  pathPrefix: 'books',
  now: new Date(),
  clockAheadSeconds: 0,
  viewer: VIEWER,
  accounts: { wanted: '444455556666', got: '444455556666' },
  distribution: { seen: true, value: DISTRIBUTION },
  otherDistributions: [],
  otherEnvironments: new Map([['media.dev.example.com', 'dev']]),
  keyHost: 'api.example.com',
  publicKeys: {
    seen: true,
    value: [
      { id: ID, name: 'storytime-prod-2026-11-a-0123456789ab', pem: pair.publicKey, createdAt: CREATED_AT },
    ],
  },
  keyGroups: {
    seen: true,
    value: [{ id: 'group', name: 'storytime-prod-viewers', keyPairIds: [ID], modifiedAt: CREATED_AT }],
  },
  knownKeys: [{ environment: 'prod', generation: '2026-11-a', pem: pair.publicKey, removedAt: null }],
  secret: {
    seen: true,
    value: [
      {
        versionId: 'v1',
        stages: ['AWSCURRENT'],
        createdAt: CREATED_AT,
        holds: {
          kind: 'key',
          generation: '2026-11-a',
          keyPairId: ID,
          publicKeyPem: pair.publicKey,
          fingerprint: keyFingerprint(pair.publicKey),
        },
      },
    ],
  },
  cors: {
    seen: true,
    value: { allowOrigins: ['https://app.example.com'], allowCredentials: true, exposeHeaders: [] },
  },
  originAccess: { seen: true, value: true },
  bucketPolicy: { seen: true, value: BUCKET_POLICY },
  title: { seen: true, value: null },
  object: {
    seen: true,
    value: {
      bytes: 7,
      contentType: 'application/vnd.apple.mpegurl',
      storageClass: 'STANDARD',
      kmsKeyArn: null,
    },
  },
  keyPolicy: { seen: true, value: null },
  answer: LET_IN,
};

export function wellBut(change: Partial<Observation>): Observation {
  return { ...WELL, ...change };
}

export function distributionBut(change: Partial<DistributionSummary>): Observation['distribution'] {
  return { seen: true, value: { ...DISTRIBUTION, ...change } };
}

export function refusedBy(by: 'signature-check' | 'cloudfront-page' | 's3'): Observation['answer'] {
  const address = `https://${HOST}/books/42/index.m3u8`;
  return { kind: 'answered', address, status: 403, by, fromCache: false, allowsOrigin: null };
}

export function diagnosed(observation: Observation) {
  const { verdict, causes } = diagnosisOf(observation);
  return { verdict, causes: causes.map(({ id, certainty }) => `${certainty} ${id}`) };
}

/** All that the doctor would print, as text and as JSON. */
export function printed(observation: Observation): string {
  const diagnosis = diagnosisOf(observation);
  const evidence = evidenceOf(observation, diagnosis, { prefix: 'storytime-prod' });
  return `${diagnosisText(diagnosis, evidence)}\n${diagnosisJson(diagnosis, evidence)}`;
}

function diagnosisOf(observation: Observation) {
  const subject = subjectOf(observation, { edgeHttpPort: null });
  return diagnose(observation, subject, { prefix: 'storytime-prod' });
}
