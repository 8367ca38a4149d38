/** A backend of another house, as text: it uses every entry of the packages with both builds, and prints what came of it. */
import { isEsmOnly, manifestOf, PACKAGE_FOLDERS, specifiersOf } from '../../support/pack.ts';

const MANIFESTS = PACKAGE_FOLDERS.map(manifestOf);
/** All that is imported of the packages with both builds: `@storytime/signer`, `@storytime/signer/errors`, … */
export const SPECIFIERS: readonly string[] = MANIFESTS.filter((manifest) => !isEsmOnly(manifest)).flatMap(
  specifiersOf,
);
/** Of those that are ESM alone. */
export const ESM_SPECIFIERS: readonly string[] = MANIFESTS.filter(isEsmOnly).flatMap(specifiersOf);

/** What the backend prints. */
export const EXPECTED = {
  allowed: true,
  refused: 'ERR_RESOURCE_WILDCARD',
  sameClasses: true,
  playlist: 1,
  prepared: 1,
  sources: 'function function',
  queue: 'arn:aws:mediaconvert:eu-west-1:111122223333:queues/hls',
};

/** What each entry is used for; an entry that is not named here is imported as a whole. */
const USED: Readonly<Record<string, Used>> = {
  '@storytime/hls-jobs': { values: ['createJobInput'], types: ['CreateJobOptions'] },
  '@storytime/signer': {
    values: ['createSigner', 'SignerError', 'staticKey', 'verbatim'],
    types: ['KeySource', 'SignedUrl', 'Signer'],
  },
  '@storytime/signer/errors': { values: ['SignerError as SignerErrorOfErrors'], types: ['SignerErrorCode'] },
  '@storytime/signer/kms': { values: ['kmsKey'], types: [] },
  '@storytime/signer/playlist': { values: ['preparePlaylist', 'signPlaylist'], types: [] },
  '@storytime/signer/secrets-manager': { values: ['secretsManagerKey'], types: [] },
  '@storytime/signer/verify': { values: ['explain'], types: ['Verdict'] },
};

interface Used {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

const CODE = `
const keyPairId = 'K2JCJMDEHXQW5F';
const domain = 'media.example.com';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject, type: 'pkcs8' | 'spki') => key.export({ type, format: 'pem' }).toString();

const key: KeySource = staticKey({ keyPairId, privateKey: pem(privateKey, 'pkcs8') });
const signer: Signer = createSigner({ key, domain });
const sources = [secretsManagerKey, kmsKey].map((source) => typeof source).join(' ');
const trustedKeys = new Map([[keyPairId, pem(publicKey, 'spki')]]);
const m3u8 = '#EXTM3U\\n#EXTINF:6,\\nseg_00001.ts\\n';
const job: CreateJobOptions = {
  bookId: '42',
  masterUri: 's3://masters/uploads/42/master',
  source: { width: 1280, height: 720, hasAudio: true },
  ladder: [{ shortSidePixels: 720, maxBitrateBps: 3_000_000 }],
  segmentSeconds: 6,
  outputsBucket: 'outputs',
  queueArn: 'arn:aws:mediaconvert:eu-west-1:111122223333:queues/hls',
  roleArn: 'arn:aws:iam::111122223333:role/mediaconvert',
};

function codeOf(error: unknown): SignerErrorCode | undefined {
  return error instanceof SignerError ? error.code : undefined;
}

async function play() {
  const signed: SignedUrl = await signer.signUrl('/videos/lecture.mp4');
  const everyLecture = await signer.signCookies(verbatim('/out/lecture1*'));
  const verdict: Verdict = explain({ url: signed.url, trustedKeys });
  const { signedCount } = await signPlaylist(m3u8, { signer, url: '/books/42/index.m3u8' });
  const prepared = preparePlaylist(m3u8, { url: 'https://media.example.com/books/42/index.m3u8' });
  const refused = await signer.signUrl('/books/*').then(() => undefined, codeOf);
  return {
    allowed: verdict.allowed && everyLecture.setCookie.length > 0,
    refused,
    sameClasses: SignerError === SignerErrorOfErrors,
    playlist: signedCount,
    prepared: prepared.preparedCount,
    sources,
    queue: createJobInput(job).Queue,
  };
}

void play().then((outcome) => console.log(JSON.stringify(outcome)));
`;

/** With `import … from`, which compilers write as `require` where they make CommonJS. */
export const IMPORTING = [
  "import { generateKeyPairSync, type KeyObject } from 'node:crypto';",
  ...SPECIFIERS.map((specifier, index) => importing(specifier, USED[specifier], `entry${index}`)),
  CODE,
].join('\n');

/** With `import … = require(…)`, TypeScript's own form for CommonJS. */
export const REQUIRING = [
  "import crypto = require('node:crypto');",
  'type KeyObject = crypto.KeyObject;',
  'const { generateKeyPairSync } = crypto;',
  ...SPECIFIERS.map((specifier, index) => requiring(specifier, USED[specifier], `entry${index}`)),
  CODE,
].join('\n');

function importing(specifier: string, used: Used | undefined, name: string): string {
  if (used === undefined) return `import * as ${name} from '${specifier}';\nvoid ${name};`;
  const names = [...used.values, ...used.types.map((type) => `type ${type}`)];
  return `import { ${names.join(', ')} } from '${specifier}';`;
}

function requiring(specifier: string, used: Used | undefined, name: string): string {
  const { values, types } = used ?? { values: [], types: [] };
  return [
    `import ${name} = require('${specifier}');`,
    `const { ${values.join(', ').replaceAll(' as ', ': ')} } = ${name};`,
    ...types.map((type) => `type ${type} = ${name}.${type};`),
  ].join('\n');
}
