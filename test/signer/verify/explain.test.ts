import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type DenialReason, explain, type Verdict } from '../../../signer/src/verify/index.ts';
import { rsaPublicKey } from '../../support/rsa-public-key.ts';
import {
  cookieHeader,
  DOMAIN,
  ec,
  judge,
  KEY_PAIR_ID,
  type KeyPair,
  makeEc,
  makeRsa,
  NOW,
  NOW_SECONDS,
  rsa,
  signerWith,
  toWire,
  trusting,
} from '../fixtures.ts';

const FILE = `https://${DOMAIN}/books/42/index.m3u8`;
const SCOPE = `https://${DOMAIN}/books/42/*`;
const IN_AN_HOUR = { DateLessThan: { 'AWS:EpochTime': NOW_SECONDS + 3_600 } };

/** Signs any text as a policy, sane or not, without the package's signing side. */
function signedQuery(policy: string | Uint8Array, pair: KeyPair = rsa, hash = 'SHA1'): string {
  const bytes = Buffer.from(policy);
  return `Policy=${toWire(bytes)}&Signature=${toWire(sign(hash, bytes, pair.privateKey))}&Key-Pair-Id=${KEY_PAIR_ID}`;
}

const statement = (Condition: unknown, Resource: unknown = SCOPE) =>
  JSON.stringify({ Statement: [{ Resource, Condition }] });

const ask = (query: string, pair: KeyPair = rsa) => judge(pair, { url: `${FILE}?${query}` });

/** As aws-cloudfront-sign makes a URL: `Expires`, and as `Policy` the canned policy of both. */
function saidTwice({
  resource = FILE,
  expires = NOW_SECONDS + 3_600,
  space = '',
  more = '',
  policy,
}: {
  readonly resource?: string;
  readonly expires?: number | string;
  readonly space?: string;
  readonly more?: string;
  readonly policy?: string;
} = {}): string {
  const text = `{"Statement":${space}[{"Resource":${JSON.stringify(resource)},"Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 3_600}}${more}}}]}`;
  const url = resource.endsWith('*') ? FILE : resource;
  return `${url}${url.includes('?') ? '&' : '?'}Expires=${expires}&Policy=${policy ?? toWire(Buffer.from(text))}&Signature=${toWire(sign('SHA1', Buffer.from(text), rsa.privateKey))}&Key-Pair-Id=${KEY_PAIR_ID}`;
}

function expectDenied(
  verdict: Verdict,
  reason: DenialReason,
  errorCode: string,
  message: string,
  hint: string,
) {
  expect(verdict).toMatchObject({ allowed: false, reason, errorCode, message });
  expect(verdict.allowed ? '' : verdict.hint).toContain(hint);
}

const ACCESS_DENIED = ['AccessDenied', 'Access denied'] as const;
const MALFORMED_POLICY = ['MalformedPolicy', 'Malformed Policy'] as const;
const MALFORMED_SIGNATURE = ['MalformedSignature', 'Could not unencode Signature'] as const;
const MISSING_KEY = ['MissingKey', 'Missing Key-Pair-Id query parameter or cookie value'] as const;
const INVALID_KEY = ['InvalidKey', 'Unknown Key'] as const;

describe('explain allows', () => {
  it('a custom policy in cookies, and gives it decoded', async () => {
    const { cookies } = await signerWith(rsa).signCookies('/books/42/*', {
      expiresIn: 60,
      ipAddress: '203.0.113.0/24',
    });
    expect(judge(rsa, { url: FILE, cookies: cookieHeader(cookies), ip: '203.0.113.9' })).toEqual({
      allowed: true,
      via: 'cookies',
      keyPairId: KEY_PAIR_ID,
      policy: {
        kind: 'custom',
        resource: SCOPE,
        expiresAt: new Date(NOW.getTime() + 60_000),
        ipAddress: '203.0.113.0/24',
      },
    });
  });

  it.each([
    ['RSA with SHA-1', rsa, 'SHA1'],
    ['RSA with SHA-256', rsa, 'SHA256'],
    ['P-256 with SHA-1', ec, 'SHA1'],
    ['P-256 with SHA-256', ec, 'SHA256'],
  ] as const)('%s, canned and custom, by URL and by cookie', async (_, pair, hashAlgorithm) => {
    const signer = signerWith(pair, { hashAlgorithm });
    for (const policy of ['canned', 'custom'] as const) {
      const { url } = await signer.signUrl('/books/42/index.m3u8', { policy });
      const { cookies } = await signer.signCookies('/books/42/index.m3u8', { policy });
      expect(judge(pair, { url })).toMatchObject({ allowed: true, via: 'url', policy: { kind: policy } });
      expect(judge(pair, { url: FILE, cookies: cookieHeader(cookies) }).allowed).toBe(true);
    }
  });

  it('a trusted key given as PEM', async () => {
    const { url } = await signerWith(ec).signUrl('/books/42/index.m3u8');
    expect(judge(ec, { url, trustedKeys: new Map([[KEY_PAIR_ID, ec.publicPem]]) }).allowed).toBe(true);
  });

  it('signing parameters in any order, between others', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8?a=1&b=2');
    const pairs = url.slice(url.indexOf('?') + 1).split('&');
    const [a = '', b = '', ...signing] = pairs;
    const shuffled = [...signing.slice(1), a, ...signing.slice(0, 1), b];
    expect(judge(rsa, { url: `${FILE}?${shuffled.join('&')}` }).allowed).toBe(true);
  });

  it.each([FILE, `${FILE}?v=1`, `https://${DOMAIN}/a%20b.mp4?download=x%27y&z`])(
    'Expires and Policy together where both say the same, until then: %s',
    (resource) => {
      const url = saidTwice({ resource });
      expect(judge(rsa, { url })).toMatchObject({
        allowed: true,
        via: 'url',
        policy: { kind: 'canned', resource, expiresAt: new Date((NOW_SECONDS + 3_600) * 1000) },
      });
      const late = judge(rsa, { url, now: new Date((NOW_SECONDS + 3_600) * 1000) });
      expectDenied(late, 'expired', ...ACCESS_DENIED, 'less than a second ago');
      expectDenied(judge(ec, { url }), 'signature-mismatch', ...ACCESS_DENIED, 'one exact URL');
    },
  );

  it('Expires and Policy together for their own URL alone, a wildcard in it included, before and after', () => {
    const url = saidTwice({ resource: `https://${DOMAIN}/books/4*.mp4` });
    const other = url.replace('4*', '42');
    for (const request of [other, url, other]) {
      expect([request, judge(rsa, { url: request }).allowed]).toEqual([request, request === url]);
    }
  });

  it('a policy with white space and another order of conditions, as other signers write them', () => {
    const policy = `{ "Statement": [{\n "Resource": "${SCOPE}", "Condition": {"IpAddress":{"AWS:SourceIp":"0.0.0.0/0"}, "DateLessThan":{"AWS:EpochTime": ${NOW_SECONDS + 1}}}}]}\r\n`;
    expect(judge(rsa, { url: `${FILE}?${signedQuery(policy)}`, ip: '198.51.100.1' }).allowed).toBe(true);
  });

  it('other cookies around the signed ones', async () => {
    const { cookies } = await signerWith(rsa).signCookies('/books/42/*');
    const header = `session=a=b; ${cookieHeader(cookies)}; cloudfront-policy=lower; broken`;
    expect(judge(rsa, { url: FILE, cookies: header }).allowed).toBe(true);
  });
});

describe('explain denies', () => {
  it.each([
    ...['', 'books/42/a.mp4', '/books/42/a.mp4', 'ftp://x/y', 'https://', `${FILE}\n`, 'https:///x'],
    // No request line holds a fragment: an origin would take what is behind it for a part of the name.
    ...[`${FILE}#full`, `${FILE}?#&Expires=1`, `https://x#${FILE}`],
    ...['https://\u212aids.example/a', 'https://a b/c'],
  ])('what is not an absolute http URL: %j', (url) =>
    expectDenied(judge(rsa, { url }), 'malformed-url', ...ACCESS_DENIED, 'not an absolute'),
  );

  it('a request with nothing signed', () => {
    expectDenied(
      judge(rsa, { url: `${FILE}?a=1`, cookies: 'session=1' }),
      'unsigned',
      ...MISSING_KEY,
      'no signing',
    );
  });

  it('a set without its key pair id', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const without = url.replace(/&Key-Pair-Id=\w+/, '');
    expectDenied(
      judge(rsa, { url: without }),
      'missing-key-pair-id',
      ...MISSING_KEY,
      'key pair id is missing',
    );
    expectDenied(
      judge(rsa, { url: `${without}&Key-Pair-Id=` }),
      'missing-key-pair-id',
      ...MISSING_KEY,
      'key pair id is missing',
    );
  });

  it('a key pair id that is not in the group', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const verdict = judge(rsa, { url: url.replace(KEY_PAIR_ID, 'K3UNKNOWN') });
    expectDenied(verdict, 'unknown-key', ...INVALID_KEY, 'not in the trusted key group');
  });

  it.each([
    ['RSA 1024', () => makeRsa(1024).publicPem],
    ['RSA 4096 as key object', () => rsaPublicKey(4096)],
    ['P-384', () => makeEc('P-384').publicPem],
    ['a private key', () => rsa.privatePem],
    ['a private key object', () => rsa.privateKey],
    ['no PEM at all', () => 'not a key'],
  ])('a trusted key that CloudFront would not take: %s', async (_, key) => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const verdict = judge(rsa, { url, trustedKeys: new Map([[KEY_PAIR_ID, key()]]) });
    expectDenied(verdict, 'unusable-key', ...INVALID_KEY, 'RSA 2048 or ECDSA P-256');
  });

  it('a parameter that comes twice, even with the same value', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const verdict = judge(rsa, { url: `${url}&Key-Pair-Id=${KEY_PAIR_ID}` });
    expectDenied(verdict, 'duplicate-name', ...ACCESS_DENIED, 'Key-Pair-Id was sent more than once');
  });

  it('a cookie that comes twice, as two Paths make it', async () => {
    const one = cookieHeader((await signerWith(rsa).signCookies('/books/42/*')).cookies);
    const verdict = judge(rsa, { url: FILE, cookies: `${one}; CloudFront-Policy=older` });
    expectDenied(verdict, 'duplicate-name', ...ACCESS_DENIED, 'another Path or Domain');
  });

  it('a left-over cookie of the other kind beside a whole set', async () => {
    const set = cookieHeader((await signerWith(rsa).signCookies('/books/42/*')).cookies);
    const verdict = judge(rsa, { url: FILE, cookies: `CloudFront-Expires=${NOW_SECONDS + 60}; ${set}` });
    expectDenied(verdict, 'mixed-policies', ...ACCESS_DENIED, 'clear all five cookies');
  });

  it.each([
    ['whose policy has another expiry', { expires: NOW_SECONDS + 3_601 }],
    ['whose policy covers another URL', { resource: `https://${DOMAIN}/books/42/*` }],
    ['whose policy is the same with a space', { space: ' ' }],
    ['whose policy also has a start', { more: `,"DateGreaterThan":{"AWS:EpochTime":1}` }],
    ['whose Expires is spelt otherwise', { expires: `0${NOW_SECONDS + 3_600}` }],
    ['whose policy is none', { policy: 'e30_' }],
    ['whose policy is not base64', { policy: '!' }],
    ['whose policy is empty', { policy: '' }],
  ])('a URL with Expires and Policy %s', (_, change) => {
    const verdict = judge(rsa, { url: saidTwice(change) });
    expectDenied(verdict, 'mixed-policies', ...ACCESS_DENIED, 'the canned policy of this URL');
    expect(verdict.allowed ? '' : verdict.hint).not.toContain('five names');
  });

  it('the canned policy beside its Expires where only one of the two readings would open the URL', () => {
    // As a policy, `\?` begins a query string; as the canned text of this URL, it is a backslash and a path.
    const verdict = judge(rsa, { url: saidTwice({ resource: `https://${DOMAIN}/a\\?x=1` }) });
    expect(verdict).toMatchObject({ allowed: false, reason: 'mixed-policies' });
  });

  it('the canned policy beside its Expires in cookies', () => {
    const cookies = saidTwice()
      .replace(/^[^?]*\?/, '')
      .split('&')
      .map((pair) => `CloudFront-${pair}`);
    const verdict = judge(rsa, { url: FILE, cookies: cookies.join('; ') });
    expectDenied(verdict, 'mixed-policies', ...ACCESS_DENIED, 'clear all five cookies');
  });

  it('a set without a policy', () => {
    const verdict = ask(`Signature=AAAA&Key-Pair-Id=${KEY_PAIR_ID}`);
    expectDenied(verdict, 'missing-policy', ...MALFORMED_POLICY, 'without Expires or Policy');
  });

  it('a set without a signature', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const verdict = judge(rsa, { url: url.replace(/&Signature=[^&]+/, '') });
    expectDenied(verdict, 'missing-signature', ...MALFORMED_SIGNATURE, 'signature is missing');
  });

  it.each(['%%%', 'AAA', 'AB__', 'a+b/'])('a signature that is not base64: %s', (text) => {
    const query = signedQuery(statement(IN_AN_HOUR)).replace(/Signature=[^&]+/, `Signature=${text}`);
    expectDenied(ask(query), 'malformed-signature', ...MALFORMED_SIGNATURE, 'base64');
  });

  it('a hash algorithm that CloudFront does not have', () => {
    const query = `${signedQuery(statement(IN_AN_HOUR))}&Hash-Algorithm=SHA512`;
    expectDenied(ask(query), 'unsupported-hash-algorithm', ...ACCESS_DENIED, 'SHA1 or SHA256');
  });

  it.each([
    ['no JSON', 'nonsense', 'not JSON'],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'not JSON in UTF-8'],
    ['null', 'null', '"Statement"'],
    ['a version beside the statement', '{"Version":"1","Statement":[]}', 'nothing else'],
    ['no statement', '{"Statement":[]}', 'exactly one statement'],
    ['a statement that is not a list', '{"Statement":{}}', 'exactly one statement'],
    ['two statements', JSON.stringify({ Statement: [{}, {}] }), 'exactly one statement'],
    ['an effect in the statement', JSON.stringify({ Statement: [{ Effect: 'Allow' }] }), 'nothing else'],
    ['no resource', JSON.stringify({ Statement: [{ Condition: IN_AN_HOUR }] }), 'every distribution'],
    ['an empty resource', statement(IN_AN_HOUR, ''), 'every distribution'],
    ['two resources', statement(IN_AN_HOUR, [SCOPE, SCOPE]), 'every distribution'],
    ['no condition', JSON.stringify({ Statement: [{ Resource: SCOPE }] }), 'Condition'],
    ['an unknown condition', statement({ ...IN_AN_HOUR, StringLike: {} }), 'unknown condition'],
    ['no expiry', statement({}), 'DateLessThan'],
    ['an expiry in quotes', statement({ DateLessThan: { 'AWS:EpochTime': '1795179600' } }), 'DateLessThan'],
    [
      'an expiry in milliseconds',
      statement({ DateLessThan: { 'AWS:EpochTime': 1795179600000 } }),
      'whole seconds',
    ],
    ['half a second', statement({ DateLessThan: { 'AWS:EpochTime': 1795179600.5 } }), 'whole seconds'],
    ['a negative expiry', statement({ DateLessThan: { 'AWS:EpochTime': -1 } }), 'whole seconds'],
    ['a start that is not a time', statement({ ...IN_AN_HOUR, DateGreaterThan: {} }), 'DateGreaterThan'],
    ['IPv6', statement({ ...IN_AN_HOUR, IpAddress: { 'AWS:SourceIp': '2001:db8::/32' } }), 'IPv4'],
    ['an address list', statement({ ...IN_AN_HOUR, IpAddress: { 'AWS:SourceIp': ['1.2.3.4'] } }), 'IPv4'],
  ])('a signed policy with %s', (_, policy, hint) => {
    expectDenied(ask(signedQuery(policy)), 'malformed-policy', ...MALFORMED_POLICY, hint);
  });

  it('a policy in another base64', () => {
    const query = signedQuery(statement(IN_AN_HOUR)).replace(/Policy=[^&]+/, 'Policy=e30=');
    expectDenied(ask(query), 'malformed-policy', ...MALFORMED_POLICY, "CloudFront's base64");
  });

  it.each([
    ['letters', 'soon', 'whole seconds'],
    ['nothing', '', 'whole seconds'],
    ['milliseconds', '1795179600000', 'milliseconds'],
  ])('a canned expiry of %s', (_, expires, hint) => {
    const verdict = ask(`Expires=${expires}&Signature=AAAA&Key-Pair-Id=${KEY_PAIR_ID}`);
    expectDenied(verdict, 'malformed-policy', ...MALFORMED_POLICY, hint);
  });

  it('a tampered policy', async () => {
    const { cookies } = await signerWith(rsa).signCookies('/books/42/*');
    const wider = toWire(statement({ DateLessThan: { 'AWS:EpochTime': 4_000_000_000 } }, '*'));
    const verdict = judge(rsa, {
      url: FILE,
      cookies: cookieHeader({ ...cookies, 'CloudFront-Policy': wider }),
    });
    expectDenied(verdict, 'signature-mismatch', ...ACCESS_DENIED, 'one of the two was changed');
  });

  it('a canned URL used for another file, for another expiry, with another query', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8?v=1', { policy: 'canned' });
    for (const changed of [
      url.replace('/42/', '/43/'),
      url.replace(/Expires=\d+/, 'Expires=4000000000'),
      url.replace('v=1', 'v=2'),
    ]) {
      expectDenied(judge(rsa, { url: changed }), 'signature-mismatch', ...ACCESS_DENIED, 'one exact URL');
    }
  });

  it('a canned wildcard, which never matches', () => {
    const policy = statement(IN_AN_HOUR);
    const signature = toWire(sign('SHA1', Buffer.from(policy), rsa.privateKey));
    const query = `Expires=${NOW_SECONDS + 3_600}&Signature=${signature}&Key-Pair-Id=${KEY_PAIR_ID}`;
    expectDenied(ask(query), 'signature-mismatch', ...ACCESS_DENIED, 'one exact URL');
  });

  it('SHA-256 without saying so, and tells', () => {
    const query = signedQuery(statement(IN_AN_HOUR), rsa, 'SHA256');
    expectDenied(
      ask(query),
      'signature-mismatch',
      ...ACCESS_DENIED,
      'signed with SHA256, but Hash-Algorithm says SHA1',
    );
  });

  it('the signature of another trusted key, and tells which', async () => {
    const { url } = await signerWith(ec).signUrl('/books/42/index.m3u8');
    const trustedKeys = new Map([...trusting(rsa), ['K9OTHER', ec.publicKey] as const]);
    const verdict = judge(rsa, { url, trustedKeys });
    expectDenied(verdict, 'signature-mismatch', ...ACCESS_DENIED, 'signed with the key of K9OTHER');
  });

  it('another book, and names both', async () => {
    const cookies = cookieHeader((await signerWith(rsa).signCookies('/books/41/*')).cookies);
    const verdict = judge(rsa, { url: FILE, cookies });
    expectDenied(
      verdict,
      'resource-mismatch',
      ...ACCESS_DENIED,
      'signed for books/41/*, but the request is for books/42/index.m3u8',
    );
  });

  it('another query string, without showing either', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8?token=one');
    const verdict = judge(rsa, { url: url.replace('one', 'two') });
    expectDenied(
      verdict,
      'resource-mismatch',
      ...ACCESS_DENIED,
      'signed for books/42/index.m3u8 with another query string',
    );
    expect(verdict.allowed ? '' : verdict.hint).not.toMatch(/one|two/);
  });

  it('another host and another scheme, and names them whole', async () => {
    const cookies = cookieHeader((await signerWith(rsa).signCookies('/books/42/*')).cookies);
    for (const origin of ['https://other.example.com', `http://${DOMAIN}`]) {
      const verdict = judge(rsa, { url: `${origin}/books/42/a`, cookies });
      expectDenied(
        verdict,
        'resource-mismatch',
        ...ACCESS_DENIED,
        `signed for ${SCOPE}, but the request is for ${origin}/books/42/a`,
      );
    }
  });

  it.each([
    [0, 'expired less than a second ago'],
    [1, 'expired 1 second ago'],
    [59, 'expired 59 seconds ago'],
    [180, 'expired 3 minutes ago'],
    [86_400 * 2, 'expired 2 days ago'],
  ])('a cookie %d seconds after its last', async (late, hint) => {
    const { cookies, expiresAt } = await signerWith(rsa).signCookies('/books/42/*');
    const now = new Date(expiresAt.getTime() + late * 1000);
    expectDenied(
      judge(rsa, { url: FILE, cookies: cookieHeader(cookies), now }),
      'expired',
      ...ACCESS_DENIED,
      hint,
    );
  });

  it('the second of DateGreaterThan itself, and allows the next', () => {
    const query = signedQuery(
      statement({ ...IN_AN_HOUR, DateGreaterThan: { 'AWS:EpochTime': NOW_SECONDS } }),
    );
    const url = `${FILE}?${query}`;
    expectDenied(judge(rsa, { url }), 'not-yet-valid', ...ACCESS_DENIED, 'becomes valid in 1 second');
    expectDenied(
      judge(rsa, { url, now: new Date(NOW.getTime() + 999) }),
      'not-yet-valid',
      ...ACCESS_DENIED,
      'becomes valid in 1 second',
    );
    expect(judge(rsa, { url, now: new Date(NOW.getTime() + 1_000) }).allowed).toBe(true);
  });

  it('at an invalid clock', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    expect(judge(rsa, { url, now: new Date(Number.NaN) })).toMatchObject({
      allowed: false,
      reason: 'expired',
    });
  });

  it.each([
    ['203.0.113.0/24', '203.0.114.0', 'the request came from 203.0.114.0'],
    ['203.0.113.7/32', '203.0.113.8', 'the request came from 203.0.113.8'],
    ['203.0.113.7', '203.0.113.8', 'the request came from 203.0.113.8'],
    ['128.0.0.0/1', '127.255.255.255', 'the request came from 127.255.255.255'],
    ['0.0.0.0/0', '2001:db8::1', 'cannot name IPv6'],
    ['203.0.113.0/24', '::ffff:203.0.113.7', 'cannot name IPv6'],
    ['203.0.113.0/24', '203.0.113', 'the request came from'],
    ['203.0.113.0/24', undefined, "the viewer's address is not known"],
  ])('a policy for %s to a viewer at %s', (cidr, ip, hint) => {
    const query = signedQuery(statement({ ...IN_AN_HOUR, IpAddress: { 'AWS:SourceIp': cidr } }));
    const verdict = judge(rsa, { url: `${FILE}?${query}`, ...(ip === undefined ? {} : { ip }) });
    expectDenied(verdict, 'ip-mismatch', ...ACCESS_DENIED, hint);
  });

  it.each([
    ['255.255.255.255/32', '255.255.255.255'],
    ['128.0.0.0/1', '255.0.0.1'],
    ['10.0.0.0/8', '10.255.255.255'],
  ])('nobody inside %s: %s', (cidr, ip) => {
    const query = signedQuery(statement({ ...IN_AN_HOUR, IpAddress: { 'AWS:SourceIp': cidr } }));
    expect(judge(rsa, { url: `${FILE}?${query}`, ip }).allowed).toBe(true);
  });

  it.each(['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm'])(
    'good cookies under a query parameter %s, and says that it overrides them',
    async (name) => {
      const cookies = cookieHeader((await signerWith(rsa).signCookies('/books/42/*')).cookies);
      expect(judge(rsa, { url: FILE, cookies }).allowed).toBe(true);
      for (const query of [name, `${name}=`, `a=1&${name}=x`]) {
        const verdict = judge(rsa, { url: `${FILE}?${query}`, cookies });
        expect(verdict).toMatchObject({ allowed: false, via: 'url' });
        expect(verdict.allowed ? '' : verdict.hint).toContain(
          `query parameter ${name} makes CloudFront ignore the cookies`,
        );
      }
    },
  );

  it('without the policy text, the signature or the query in any hint', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const signature = new URL(url).searchParams.get('Signature') ?? '';
    for (const now of [NOW, new Date(NOW.getTime() + 1e9)]) {
      const verdict = explain({ url: url.replace('/42/', '/43/'), now, trustedKeys: trusting(rsa) });
      expect(verdict.allowed).toBe(false);
      expect(JSON.stringify(verdict)).not.toContain(signature);
    }
  });
});

describe('explain refuses with a TypeError', () => {
  const request = { url: FILE, trustedKeys: trusting(rsa) };

  it.each([
    ['no request', undefined, 'the request must be an object, got undefined'],
    ['a URL object', { ...request, url: new URL(FILE) }, '"url" must be a string, got object'],
    ['parsed cookies', { ...request, cookies: { a: 'b' } }, '"cookies" must be a Cookie header, a string'],
    ['an address as number', { ...request, ip: 1 }, '"ip" must be a string, got number'],
    ['a time as number', { ...request, now: NOW_SECONDS }, '"now" must be a Date, got number'],
    ['no keys', { url: FILE }, '"trustedKeys" must be a Map of key pair ids to public keys, got undefined'],
    ['keys as a plain object', { url: FILE, trustedKeys: { [KEY_PAIR_ID]: 'pem' } }, 'must be a Map'],
    [
      'keys that only inherit from a Map',
      { url: FILE, trustedKeys: Object.create(Map.prototype) },
      'must be a Map',
    ],
    ['keys as the proxy of a Map', { url: FILE, trustedKeys: new Proxy(new Map(), {}) }, 'must be a Map'],
    ['keys with a "get" alone', { url: FILE, trustedKeys: { get: () => undefined } }, 'must be a Map'],
    [
      'a time that only inherits from Date',
      { ...request, now: Object.create(Date.prototype) },
      '"now" must be a Date',
    ],
    ['a time as the proxy of a Date', { ...request, now: new Proxy(NOW, {}) }, '"now" must be a Date'],
  ])('%s', (_, wrong, words) => {
    const call = () => explain(wrong as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_ARGUMENT_TYPE' }));
    expect(call).toThrow(words);
  });

  it('but not for a Map of one’s own making', async () => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const keys = [[KEY_PAIR_ID, rsa.publicKey]] as const;
    const trustedKeys = {
      get: (id: string) => keys.find(([one]) => one === id)?.[1],
      [Symbol.iterator]: () => keys.values(),
    } as never;
    expect(explain({ url, now: NOW, trustedKeys })).toMatchObject({ allowed: true });
    expect(explain({ url: `${url}x`, now: NOW, trustedKeys })).toMatchObject({ allowed: false });
  });

  it.each([
    ['only inherits from a KeyObject', Object.create(Object.getPrototypeOf(rsa.publicKey))],
    [
      'says of itself that it is one',
      Object.create(Object.getPrototypeOf(rsa.publicKey), {
        type: { value: 'public' },
        asymmetricKeyType: { value: 'rsa' },
        asymmetricKeyDetails: { value: { modulusLength: 2048 } },
      }),
    ],
    ['is a list', []],
    ['is a number', 5],
    ['is nothing', null],
  ])('but not for an invalid key: what %s is unusable', async (_, key) => {
    const { url } = await signerWith(rsa).signUrl('/books/42/index.m3u8');
    const trustedKeys = new Map([[KEY_PAIR_ID, key as never]]);
    expect(explain({ url, now: NOW, trustedKeys })).toMatchObject({ allowed: false, reason: 'unusable-key' });
    const others = new Map([
      ['K1', key as never],
      [KEY_PAIR_ID, ec.publicKey],
    ]);
    expect(explain({ url, now: NOW, trustedKeys: others })).toMatchObject({ reason: 'signature-mismatch' });
  });

  it('but not a missing Cookie header, as a Headers object gives it', () => {
    const headers = new Headers();
    expect(explain({ ...request, cookies: headers.get('cookie') as never })).toMatchObject({
      reason: 'unsigned',
    });
  });
});

it("keeps Bunny's tokens out of the hint, whatever was signed and asked for", () => {
  const token = `HS256-${'a'.repeat(43)}`;
  const path = `/x/bcdn_token=${token}&token_path=%2Fx%2F&expires=1/a.mp4`;
  const resource = `https://${DOMAIN}/y/bcdn_token=${token}/token=${token}/*`;
  const policy = Buffer.from(JSON.stringify({ Statement: [{ Resource: resource, Condition: IN_AN_HOUR }] }));
  const signature = sign('sha1', policy, rsa.privatePem);
  const query = `Policy=${toWire(policy)}&Signature=${toWire(signature)}&Key-Pair-Id=${KEY_PAIR_ID}`;
  expect(judge(rsa, { url: `https://${DOMAIN}${path}?${query}` })).toMatchObject({
    reason: 'resource-mismatch',
    hint: 'signed for y/bcdn_token=…/token=…/*, but the request is for x/bcdn_token=…/a.mp4',
  });
});
