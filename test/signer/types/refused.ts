/**
 * What must not compile. Never run: `types.test.ts` hands it to the compiler, as it stands and without its
 * directives; each must stand over one mistake.
 */

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  createSigner,
  envKey,
  type KeySource,
  type SignedUrl,
  type Signer,
  SignerError,
  staticKey,
  type Verbatim,
  verbatim,
} from '@storytime/signer';
import { bunnyStream, createBunnySigner, explainBunny } from '@storytime/signer/bunny';
import { kmsKey } from '@storytime/signer/kms';
import { preparePlaylist, signPlaylist } from '@storytime/signer/playlist';
import { secretsManagerKey, secretsManagerValue } from '@storytime/signer/secrets-manager';
import { explain } from '@storytime/signer/verify';

declare const signer: Signer;
declare const signedUrl: SignedUrl;
declare const pem: string;
declare const key: KeySource;
declare const trustedKeys: ReadonlyMap<string, string>;

// @ts-expect-error no key
createSigner({ domain: 'media.example.com' });
// @ts-expect-error your own key needs a domain beside it
createSigner({ key });
// @ts-expect-error a PEM is no key source
createSigner({ key: pem, domain: 'media.example.com' });
// @ts-expect-error an option that does not exist
createSigner({ key, domain: 'media.example.com', expiresIn: '4h' });
// @ts-expect-error a clock gives a Date
createSigner({ key, domain: 'media.example.com', now: () => Date.now() });

// @ts-expect-error no key pair id
staticKey({ privateKey: pem });
// @ts-expect-error CloudFront has no such hash
staticKey({ keyPairId: 'K1', privateKey: pem, hashAlgorithm: 'SHA512' });
// @ts-expect-error CloudFront's names for hashes have no dash
envKey({ hashAlgorithm: 'SHA-256' });
// @ts-expect-error a client or a config for one, not both
secretsManagerKey({ secretId: 'x', client: new SecretsManagerClient({}), config: {} });
// @ts-expect-error parse makes the value
secretsManagerValue({ secretId: 'x' });
// @ts-expect-error no key id
kmsKey({ keyPairId: 'K1' });
// @ts-expect-error KMS signs SHA-256 only
kmsKey({ keyId: 'alias/x', keyPairId: 'K1', hashAlgorithm: 'SHA1' });

// @ts-expect-error an instant is a Date, not text
signer.signUrl('/a', { expiresAt: '2026-11-20' });
// @ts-expect-error nor a number
signer.signUrl('/a', { startsAt: 1_795_176_000 });
// @ts-expect-error a lifetime is not a Date
signer.signUrl('/a', { expiresIn: new Date() });
// @ts-expect-error one viewer address or block
signer.signUrl('/a', { ipAddress: ['203.0.113.1'] });
// @ts-expect-error no such policy
signer.signUrl('/a', { policy: 'wildcard' });
// @ts-expect-error a URL object has been rewritten by its parser already
signer.signUrl(new URL('https://media.example.com/a'));
// @ts-expect-error URLs have no SameSite
signer.signUrl('/a', { sameSite: 'Lax' });
// @ts-expect-error a typo would widen the policy
signer.signUrl('/a', { ipAdress: '203.0.113.1' });
// @ts-expect-error attributes are spelled as in the RFC
signer.signCookies('/a/*', { sameSite: 'lax' });
// @ts-expect-error clearing takes no lifetime
signer.clearCookies('/a/*', { expiresIn: 60 });
// @ts-expect-error what comes back is a promise
signer.signUrl('/a').url;
// @ts-expect-error what was signed cannot be changed
signedUrl.url = '';

// @ts-expect-error playlists do not sign themselves
signPlaylist('#EXTM3U', { url: '/a.m3u8' });
// @ts-expect-error nor do they know where they are
signPlaylist('#EXTM3U', { signer });
// @ts-expect-error a key source is no signer
signPlaylist('#EXTM3U', { signer: key, url: '/a.m3u8' });
// @ts-expect-error preparing needs no signer
preparePlaylist('#EXTM3U', { url: 'https://media.example.com/a.m3u8', signer });

// @ts-expect-error nobody is trusted by default
explain({ url: 'https://media.example.com/a' });
// @ts-expect-error cookies are the raw header
explain({ url: 'https://media.example.com/a', trustedKeys, cookies: { 'CloudFront-Policy': '' } });
// @ts-expect-error a denial's hint is there only after asking whether it is one
explain({ url: 'https://media.example.com/a', trustedKeys }).hint;
// @ts-expect-error no such reason
if (explain({ url: '', trustedKeys }) === 'expired') throw new Error();

// @ts-expect-error a verbatim resource is made of a string
verbatim(verbatim('/a'));
// @ts-expect-error an object that looks like one is none: only verbatim() makes it
export const forged: Verbatim = { resource: '/videos/*' };
// @ts-expect-error a resource is a string or a verbatim one
signer.signCookies({ resource: '/videos/*' });
// @ts-expect-error what leaveAlone answers is known at once
signPlaylist('', { signer, url: '/a.m3u8', leaveAlone: async () => true });

const bunny = createBunnySigner({ pullZoneHost: 'a.b-cdn.net', tokenKey: 'x' });
// @ts-expect-error no key
createBunnySigner({ pullZoneHost: 'a.b-cdn.net' });
// @ts-expect-error Bunny's tokens have no start
bunny.signPlaylistUrl('x', { startsAt: new Date() });
// @ts-expect-error countries are a list
bunny.signPlaylistUrl('x', { countriesAllowed: 'DE' });
// @ts-expect-error the player takes no address
bunny.signEmbedUrl('x', { ipAddress: '203.0.113.7' });
// @ts-expect-error an upload belongs to one video
bunny.signTusUpload({ libraryId: 759 });
// @ts-expect-error the client needs its key
bunnyStream({ libraryId: 759 });
// @ts-expect-error a denial's hint is there only after asking whether it is one
explainBunny({ url: '' }).hint;

// @ts-expect-error no such code
new SignerError('ERR_NO_SUCH_CODE', '');

/** Your own key must say what it signs with. */
export const incomplete: KeySource = {
  // @ts-expect-error no algorithm
  get: async () => ({ keyPairId: 'K1', sign: (bytes: Uint8Array) => bytes }),
};
