/** What is signed is what clients ask for: the URL parser changes nothing in it. */

import { sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DOMAIN,
  ec,
  failureOf,
  fromWire,
  judge,
  KEY_PAIR_ID,
  NOW_SECONDS,
  rsa,
  signerWith,
  toWire,
} from './fixtures.ts';

const signer = signerWith(ec);
const DISPOSITION = '/f.mp4?response-content-disposition=attachment%3B%20filename%3D%22';
/** As https://url.spec.whatwg.org says it, which browsers and Node's fetch follow. */
const asSentByClients = (url: string) => new URL(url).href;
const resourceOf = (policy: string) => JSON.parse(fromWire(policy).toString()).Statement[0].Resource;

describe('what is signed', () => {
  it('is what the URL parser leaves as it is, whatever was given', async () => {
    const text = fc.array(
      fc.oneof(
        fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
        fc.constantFrom('?a=', '&b=', '%27', '%2e', '..', '/', 'é', 'seg', "'"),
      ),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        const resource = `/${parts.join('')}`;
        const url = await signer.signUrl(resource).then(
          (signed) => signed.url,
          () => null,
        );
        const cookies = await signer.signCookies(resource, { path: '/', allowWholeHost: true }).then(
          (signed) => signed.cookies,
          () => null,
        );
        if (url !== null) expect(asSentByClients(url)).toBe(url);
        if (cookies !== null) {
          const signed = resourceOf(cookies['CloudFront-Policy'] ?? '');
          expect(asSentByClients(signed)).toBe(signed);
        }
      }),
      { numRuns: 3_000, examples: [[["a?b='"]], [['a?b=%27']], [["it's"]]] },
    );
  });

  it.each([
    ['signUrl', `${DISPOSITION}it's.pdf%22`],
    ['signUrl', "/f.mp4?title='"],
    ['signUrl', `https://${DOMAIN}/f.mp4?a=1&title=L'Avare`],
    ['signCookies', "/f.mp4?title='"],
    ['clearCookies', "/f.mp4?title='"],
  ] as const)('%s refuses a bare "\'" in a query string: %s', async (call, resource) => {
    const failure = await failureOf(() => signer[call](resource));
    expect(failure).toMatchObject({ name: 'SignerError', code: 'ERR_RESOURCE_CHARACTERS' });
    expect(failure.message).toContain('%27');
    expect(failure.message).toContain('encodeURIComponent');
    expect(failure.message).not.toContain('Avare');
  });

  it('keeps a "\'" that nobody changes: encoded in a query string, and bare in a path', async () => {
    for (const resource of [`${DISPOSITION}it%27s.pdf%22`, "/it's/f.mp4"]) {
      const { url } = await signer.signUrl(resource);
      expect(asSentByClients(url)).toBe(url);
      expect(judge(ec, { url })).toMatchObject({ allowed: true });
    }
  });

  it('says all that encodeURIComponent leaves where it names one of them', async () => {
    const { message } = await failureOf(() => signer.signUrl('/f.mp4?title=*'));
    expect(message).toContain('%2A');
    expect(message).toContain('%27');
  });

  it.each(['media.0x1', 'media.example.0x10', 'xn--a.example', 'media.xn--'])(
    'is not for a host that the URL parser reads otherwise: %s',
    async (domain) => {
      expect(await failureOf(() => signerWith(ec, { domain }))).toMatchObject({ code: 'ERR_DOMAIN_INVALID' });
    },
  );
});

describe('explain names the character that browsers changed', () => {
  const policyFor = (resource: string) =>
    `{"Statement":[{"Resource":"${resource.replaceAll('"', '\\"')}","Condition":{"DateLessThan":{"AWS:EpochTime":${NOW_SECONDS + 60}}}}]}`;
  const signature = (text: string) => toWire(sign('SHA1', Buffer.from(text), rsa.privateKey));
  const withQuery = (url: string, query: string) =>
    `${url}${url.includes('?') ? '&' : '?'}${query}&Key-Pair-Id=${KEY_PAIR_ID}`;

  it.each([
    ["'", '%27', `https://${DOMAIN}/f.mp4?title=L'Avare`],
    [' ', '%20', `https://${DOMAIN}/f.mp4?title=The Miser`],
    ['"', '%22', `https://${DOMAIN}/f.mp4?name="x.pdf"`],
    ["'", '%27', `https://${DOMAIN}/f.mp4?title=L'Avare*`],
  ])('in a custom policy: %s, which is sent as %s: %s', (character, escaped, signed) => {
    const text = policyFor(signed);
    const url = withQuery(
      asSentByClients(signed),
      `Policy=${toWire(Buffer.from(text))}&Signature=${signature(text)}`,
    );
    const verdict = judge(rsa, { url });
    expect(verdict).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
    const hint = verdict.allowed ? '' : verdict.hint;
    expect(hint).toContain(`"${character}", which browsers send as ${escaped}`);
    expect(hint).not.toMatch(/Avare|Miser|x\.pdf/);
  });

  it('in a canned policy', () => {
    const signed = `https://${DOMAIN}/f.mp4?title=L'Avare`;
    const query = `Expires=${NOW_SECONDS + 60}&Signature=${signature(policyFor(signed))}`;
    expect(judge(rsa, { url: withQuery(signed, query) })).toMatchObject({ allowed: true });
    expect(judge(rsa, { url: withQuery(asSentByClients(signed), query) })).toMatchObject({
      allowed: false,
      reason: 'signature-mismatch',
      hint: expect.stringContaining(`"'", which browsers send as %27`),
    });
  });

  it('and nothing of the kind where something else differs', () => {
    const text = policyFor(`https://${DOMAIN}/f.mp4?title=L'Avare`);
    const query = `Policy=${toWire(Buffer.from(text))}&Signature=${signature(text)}`;
    const verdict = judge(rsa, { url: withQuery(`https://${DOMAIN}/f.mp4?title=other`, query) });
    expect(verdict).toMatchObject({ allowed: false, reason: 'resource-mismatch' });
    expect(verdict.allowed ? '' : verdict.hint).toBe('signed for f.mp4 with another query string');
  });
});
