/** What must compile, as a customer writes it. Never run: `types.test.ts` hands it to the compiler. */

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  createSigner,
  envKey,
  type KeySource,
  type SignedCookies,
  SignerError,
  type SignerErrorCode,
  staticKey,
  type Verbatim,
  verbatim,
} from '@storytime/signer';
import {
  type BunnySigner,
  BunnyVideoStatus,
  bunnyEnv,
  bunnyStream,
  bunnyStreamEnv,
  createBunnySigner,
  explainBunny,
} from '@storytime/signer/bunny';
import { kmsKey } from '@storytime/signer/kms';
import { preparePlaylist, signPlaylist } from '@storytime/signer/playlist';
import {
  type RefreshingValue,
  secretsManagerKey,
  secretsManagerValue,
} from '@storytime/signer/secrets-manager';
import { explain } from '@storytime/signer/verify';

declare const pem: string;

const custom: KeySource = {
  get: async () => ({ keyPairId: 'K1', algorithm: 'RSA-SHA256', sign: (bytes: Uint8Array) => bytes }),
};
const keys: KeySource[] = [
  custom,
  envKey(),
  staticKey({ keyPairId: 'K1', privateKey: pem, hashAlgorithm: 'SHA256' }),
  staticKey({ keyPairId: 'K1', privateKey: Buffer.from(pem) }),
  kmsKey({ keyId: 'alias/storytime', keyPairId: 'K1' }),
  secretsManagerKey({ secretId: 'x' }),
  secretsManagerKey({ secretId: 'x', client: new SecretsManagerClient({}) }),
  secretsManagerKey({ secretId: 'x', config: { region: 'eu-west-1' } }),
];

export const tokens: RefreshingValue<readonly string[]> = secretsManagerValue({
  secretId: 'x',
  withPrevious: true,
  config: { region: 'eu-west-1' },
  parse: ({ current, previous }) => [current, ...(previous === undefined ? [] : [previous])],
  onRotate: ({ from, to }) => console.log(from.versionId, to.previousVersionId),
});

export const fromEnvironment = createSigner({ key: envKey() });
export const signer = createSigner({
  key: keys[0] ?? custom,
  domain: ['a.example.com', 'b.example.com'] as const,
  cookieDomain: 'example.com',
  defaultExpiresIn: '4h',
  maxExpiresIn: 86_400,
  reuse: '5m',
});

export async function use(): Promise<SignedCookies> {
  const { url, expiresIn, expiresAt } = await signer.signUrl('/a', {
    expiresAt: new Date(),
    scope: 'directory',
  });
  const pattern: Verbatim = verbatim('/videos/*/720p/*');
  await signer.signUrl(verbatim('/a.mp4?download'));
  await signer.signCookies(Math.random() > 0.5 ? pattern : '/books/42/*');
  signer.clearCookies(pattern);
  await signPlaylist('#EXTM3U', { signer, url: '/a.m3u8', scope: pattern });
  const scopes = ['/a/*', pattern] as const;
  await signPlaylist('#EXTM3U', { signer, url: '/a.m3u8', scopes, leaveAlone: (uri) => uri === '/steering' });
  const definitions = { base: '720p' };
  preparePlaylist('#EXTM3U', { url: 'https://a.example.com/a.m3u8', scope: pattern, definitions });
  const texts: [string, number, Date] = [url, expiresIn, expiresAt];
  const { playlist } = await signPlaylist('#EXTM3U', { signer, url: '/a.m3u8', variantUrl: (uri) => uri });
  const prepared: string = preparePlaylist(playlist, { url: 'https://a.example.com/a.m3u8' }).playlist;
  const verdict = explain({ url: texts[0], cookies: prepared, trustedKeys: new Map([['K1', pem]]) });
  // Both halves of the verdict are told apart by `allowed`.
  if (verdict.allowed) verdict.policy.expiresAt.getTime();
  else verdict.hint.trim();
  try {
    return await signer.signCookies('/books/42/*', { sameSite: 'None', startsAt: new Date() });
  } catch (error) {
    if (error instanceof SignerError) {
      const code: SignerErrorCode = error.code;
      console.log(code);
    }
    throw error;
  }
}

/** A backend that changes its provider by configuration. */
export async function ofEither(isBunny: boolean): Promise<[string, number, Date]> {
  const bunny: BunnySigner = createBunnySigner({ ...bunnyEnv(), maxExpiresIn: '1d' });
  const { url, expiresIn, expiresAt } = await (isBunny
    ? bunny.signPlaylistUrl('eb1c4f77-0cda-46be-b47d-1118ad7c2ffe', { expiresIn: '4h' })
    : signer.signUrl('/a', { expiresIn: '4h' }));
  const { status, raw } = await bunnyStream(bunnyStreamEnv()).getVideo('x');
  if (status === BunnyVideoStatus.Finished || status === 42) console.log(raw.title);
  // With exactOptionalPropertyTypes too, what may be missing may be undefined.
  const ip: string | undefined = process.env.IP;
  const times = { expiresIn: undefined, expiresAt: undefined };
  const limits = { countriesAllowed: undefined, countriesBlocked: undefined, speedLimitKBps: undefined };
  bunny.signFileUrl('/a', { ...times, ...limits, ipAddress: ip, ignoreParams: undefined });
  bunny.signEmbedUrl('x', { ...times, page: undefined });
  bunny.signTusUpload({ ...times, videoId: 'x', libraryId: undefined });
  const place = { collectionId: undefined, thumbnailTimeMs: undefined };
  const endings = { timeoutSeconds: undefined, signal: undefined, endpoint: undefined };
  const stream = bunnyStream({ ...bunnyStreamEnv({ env: undefined }), ...endings });
  await stream.createVideo({ title: 'x', ...place });
  await stream.fetchVideo({ url, headers: undefined, title: undefined, ...place });
  const unknown = { country: undefined, tokenIpValidation: undefined, now: undefined };
  explainBunny({ url, tokenKey: undefined, embedTokenKey: undefined, ip, ...unknown });
  const verdict = explainBunny({ url, tokenKey: ['a', 'b'] });
  if (verdict.allowed) verdict.token.expiresAt.getTime();
  else if (verdict.reason === 'country-mismatch') verdict.hint.trim();
  return [url, expiresIn, expiresAt];
}
