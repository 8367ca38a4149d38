import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../ops/doctor/observation.ts';
import { parseViewerUrl } from '../../../ops/doctor/viewer-url.ts';
import type { Title } from '../../../ops/library/title.ts';
import {
  BEHAVIOUR,
  COOKIES,
  diagnosed,
  distributionBut,
  HOST,
  printed,
  refusedBy,
  SIGNED_BY,
  VIEWER,
  WELL,
  wellBut,
} from './observations.ts';
import { asCookies, cannedUrl, policyFor, signPolicy } from './signatures.ts';

const UNSEEN = { seen: false, why: 'these credentials may not read it' } as const;
const NO_ANSWER: Observation['answer'] = {
  kind: 'none',
  why: 'no answer (ETIMEDOUT)',
  address: `https://${HOST}/books/42/index.m3u8`,
};
const ONLY_DE = distributionBut({ geoRestriction: { type: 'whitelist', countries: ['DE'] } });
const DEPLOYING = distributionBut({ isDeployed: false });
const BEHIND_WAF = distributionBut({ webAcl: 'arn:aws:wafv2:us-east-1:444455556666:global/webacl/a/b' });
const ARCHIVED: Observation['object'] = {
  seen: true,
  value: { bytes: 7, contentType: 'video/mp2t', storageClass: 'DEEP_ARCHIVE', kmsKeyArn: null },
};
const IN_GLACIER_IR: Observation['object'] = {
  seen: true,
  value: { bytes: 7, contentType: 'video/mp2t', storageClass: 'GLACIER_IR', kmsKeyArn: null },
};
const EXPIRED = asCookies(
  signPolicy(
    policyFor(`https://${HOST}/books/42/*`, {
      // By the observation's own clock, which another file of the worker may have set minutes ago.
      DateLessThan: { 'AWS:EpochTime': Math.floor(WELL.now.getTime() / 1000) - 60 },
    }),
    SIGNED_BY,
  ),
);
const FOR_ONE_ADDRESS = asCookies(
  signPolicy(
    policyFor(`https://${HOST}/books/42/*`, { IpAddress: { 'AWS:SourceIp': '203.0.113.0/24' } }),
    SIGNED_BY,
  ),
);

const TITLE: Title = {
  schemaVersion: 1,
  id: '42',
  title: 'Intro',
  version: 1,
  state: 'live',
  playlistPath: 'books/42/index.m3u8',
  durationSeconds: 12,
  renditions: [],
  captions: [],
  posterPath: null,
  storyboardPath: null,
  createdAt: '2026-11-01T00:00:00.000Z',
};

describe('a diagnosis', () => {
  it('is that the request is allowed when CloudFront allowed it and nothing speaks against it', () => {
    expect(diagnosed(WELL)).toEqual({ verdict: 'allowed', causes: [] });
  });

  it.each<[string, Partial<Observation>, string[]]>([
    [
      'a refusing web ACL',
      { distribution: BEHIND_WAF, answer: refusedBy('cloudfront-page') },
      ['likely waf-blocked'],
    ],
    [
      'a refusing country',
      { distribution: ONLY_DE, answer: refusedBy('cloudfront-page') },
      ['likely geo-blocked'],
    ],
    [
      'an edge that is not up to date',
      { distribution: DEPLOYING, answer: refusedBy('signature-check') },
      ['likely deploying'],
    ],
    [
      'an address that nobody said',
      { viewer: { ...VIEWER, cookies: FOR_ONE_ADDRESS }, answer: refusedBy('signature-check') },
      ['likely wrong-ip'],
    ],
    [
      'what CloudFront comes upon first',
      {
        viewer: { ...VIEWER, cookies: EXPIRED, country: 'US' },
        distribution: ONLY_DE,
        object: { seen: true, value: 'missing' },
        answer: refusedBy('cloudfront-page'),
      },
      ['certain geo-blocked', 'certain expired', 'certain object-missing'],
    ],
    [
      'what is certain before what is likely',
      {
        viewer: { ...VIEWER, cookies: FOR_ONE_ADDRESS },
        object: { seen: true, value: 'missing' },
        answer: refusedBy('signature-check'),
      },
      ['certain object-missing', 'likely wrong-ip'],
    ],
    [
      'another account',
      {
        distribution: { seen: true, value: null },
        accounts: { wanted: '1', got: '2' },
        answer: { kind: 'not-sent', why: 'not sent' },
      },
      ['certain other-account'],
    ],
    [
      'an account that nobody knows, without the distribution',
      {
        distribution: { seen: true, value: null },
        accounts: { wanted: '1', got: null },
        answer: { kind: 'not-sent', why: 'not sent' },
      },
      ['certain not-applied'],
    ],
    [
      'what is expired, without an answer',
      { viewer: { ...VIEWER, cookies: EXPIRED }, answer: NO_ANSWER },
      ['certain expired'],
    ],
    ['what HEAD does not show: an archive', { object: ARCHIVED }, ['certain archived']],
    [
      'what HEAD does not show: another method',
      { viewer: { ...VIEWER, method: 'OPTIONS' } },
      ['certain method-not-allowed'],
    ],
    [
      'what HEAD does not show: another country',
      { viewer: { ...VIEWER, country: 'US' }, distribution: ONLY_DE },
      ['certain geo-blocked'],
    ],
    [
      'what HEAD does not show: another address',
      { viewer: { ...VIEWER, cookies: FOR_ONE_ADDRESS, ip: '198.51.100.7' } },
      ['certain wrong-ip'],
    ],
    [
      'the page, which may not send its cookies',
      {
        viewer: { ...VIEWER, origin: 'https://app.example.com' },
        cors: {
          seen: true,
          value: { allowOrigins: ['https://app.example.com'], allowCredentials: false, exposeHeaders: [] },
        },
      },
      ['certain cors-refused'],
    ],
    [
      'a character that browsers encode and the signer did not',
      {
        viewer: {
          ...VIEWER,
          url: parseViewerUrl(
            cannedUrl(`https://${HOST}/a.mp4?title=L'Avare`, SIGNED_BY).replace("L'Avare?", 'L%27Avare&'),
          ),
        },
        answer: refusedBy('signature-check'),
      },
      ['certain url-changed'],
    ],
    [
      'a host of another distribution',
      {
        viewer: { ...VIEWER, url: parseViewerUrl('https://d2.cloudfront.net/books/42/index.m3u8') },
        otherDistributions: [
          { id: 'E2', domainName: 'd2.cloudfront.net', aliases: [], comment: 'storytime-dev: private HLS' },
        ],
        answer: { kind: 'not-sent', why: 'not sent' },
      },
      ['certain other-host'],
    ],
  ])('of a denial names %s', (_, change, causes) => {
    expect(diagnosed(wellBut(change))).toEqual({ verdict: 'denied', causes });
  });

  it('of an S3 denial names the statement that it cannot evaluate, where nothing else explains it', () => {
    const policy = JSON.parse((WELL.bucketPolicy as { value: string }).value);
    policy.Statement.push({
      Sid: 'OnlyOurVpc',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } },
    });
    const bucketPolicy = { seen: true, value: JSON.stringify(policy) } as const;
    const observation = wellBut({ answer: refusedBy('s3'), bucketPolicy });
    expect(diagnosed(observation)).toEqual({ verdict: 'denied', causes: ['likely bucket-policy'] });
    expect(printed(observation)).toContain('statement "OnlyOurVpc" has a condition that cannot be evaluated');
  });

  it.each<[string, Partial<Observation>]>([
    ['a denial that nothing seen explains', { answer: refusedBy('signature-check') }],
    ['a page without web ACL or countries', { answer: refusedBy('cloudfront-page') }],
    [
      'an S3 denial while the bucket cannot be seen',
      { answer: refusedBy('s3'), bucketPolicy: UNSEEN, object: UNSEEN },
    ],
    ['no answer', { answer: NO_ANSWER }],
    ['no right to look at anything', { distribution: UNSEEN, answer: { kind: 'not-sent', why: 'not sent' } }],
  ])('is inconclusive on %s', (_, change) => {
    expect(diagnosed(wellBut(change))).toEqual({ verdict: 'inconclusive', causes: [] });
  });

  it.each<[string, string | null, string]>([
    ['no cookies', null, 'unsigned'],
    ['expired cookies', EXPIRED, 'expired'],
  ])('is inconclusive without credentials and answer, whatever the request shows: %s', (_, cookies, id) => {
    const observation = wellBut({
      viewer: { ...VIEWER, cookies },
      distribution: { seen: false, why: 'no AWS credentials' },
      publicKeys: UNSEEN,
      keyGroups: UNSEEN,
      bucketPolicy: UNSEEN,
      object: UNSEEN,
      answer: { kind: 'not-sent', why: 'not sent: this host could not be confirmed' },
    });
    const [first, fix, reason] = printed(observation).split('\n');

    expect(diagnosed(observation)).toEqual({ verdict: 'inconclusive', causes: [`certain ${id}`] });
    expect(first).toBe(
      'inconclusive: neither the distribution nor the answer of CloudFront could be checked ' +
        '(no AWS credentials; not sent: this host could not be confirmed)',
    );
    expect(fix).toMatch(/^fix: sign in, or set AWS_PROFILE/);
    expect(reason).toMatch(new RegExp(`^possible reason: ${id}: `));
  });

  it('finds nothing wrong with an object in an archive class that is read at once', () => {
    expect(diagnosed(wellBut({ object: IN_GLACIER_IR }))).toEqual({ verdict: 'allowed', causes: [] });
  });

  it('has one word for it in words and in JSON', () => {
    expect(printed(wellBut({ answer: NO_ANSWER }))).toContain('"verdict": "inconclusive"');
    expect(printed(WELL)).toContain('"verdict": "allowed"');
  });

  it('is inconclusive when a request was allowed that should have been denied, and says what speaks against it', () => {
    expect(diagnosed(wellBut({ viewer: { ...VIEWER, cookies: EXPIRED } }))).toEqual({
      verdict: 'inconclusive',
      causes: ['certain expired'],
    });
  });

  it('is that the request is allowed when only the cache still has what the bucket refuses, and says so', () => {
    const fromCache: Observation['answer'] = {
      ...(WELL.answer as object),
      fromCache: true,
    } as Observation['answer'];
    const observation = wellBut({ bucketPolicy: { seen: true, value: null }, answer: fromCache });

    expect(diagnosed(observation)).toEqual({ verdict: 'allowed', causes: ['certain bucket-policy'] });
  });

  it('names the environment of the repository that a host is of, in whichever account', () => {
    const url = parseViewerUrl('https://media.dev.example.com/books/42/index.m3u8');
    const answer: Observation['answer'] = { kind: 'not-sent', why: 'not sent' };

    expect(printed(wellBut({ viewer: { ...VIEWER, url }, answer }))).toMatch(
      /^cause: other-host: media\.dev\.example\.com belongs to "dev"; "prod" is /,
    );
  });

  it('says that the address of a content key is the backend’s, and not CloudFront’s', () => {
    const url = parseViewerUrl('https://api.example.com/api/video-keys/42?v=1');
    const answer: Observation['answer'] = { kind: 'not-sent', why: 'not sent' };

    expect(printed(wellBut({ viewer: { ...VIEWER, url }, answer }))).toMatch(
      /^cause: other-host: api\.example\.com is where your backend answers with content keys \(playback\.keyUrl\)/,
    );
  });

  it('says where titles are when an address has another folder', () => {
    const object: Observation['object'] = { seen: true, value: 'missing' };
    const found = (pathPrefix: string) =>
      printed(wellBut({ pathPrefix, object, answer: refusedBy('s3') })).split('\n')[0];

    expect(found('lessons')).toBe(
      'cause: object-missing: there is no books/42/index.m3u8 in hls-prod, whose titles are below lessons/',
    );
    expect(found('books')).toBe('cause: object-missing: there is no books/42/index.m3u8 in hls-prod');
  });

  it('says of a file that is missing that its title is withdrawn, or plays elsewhere now', () => {
    const object: Observation['object'] = { seen: true, value: 'missing' };
    const found = (title: Partial<Title>) => {
      const value = { ...TITLE, ...title };
      return printed(wellBut({ object, title: { seen: true, value }, answer: refusedBy('s3') }));
    };
    const withdrawal = {
      at: '2026-11-30T10:00:00.000Z',
      master: 'keep',
      runId: 'r',
      completedAt: null,
    } as const;

    const withdrawn = found({ state: 'withdrawn', withdrawal });
    expect(withdrawn).toMatch(
      /^cause: title-withdrawn: there is no books\/42\/index\.m3u8 in hls-prod: the title "42" is withdrawn since 2026-11-30T10:00:00\.000Z\n/,
    );
    expect(withdrawn).toContain('npm run restore -- prod <id>');
    expect(withdrawn).toMatch(/title +NO +"42", withdrawn, version 1/);
    expect(found({ state: 'restoring', withdrawal })).toContain('was withdrawn, and is being restored');
    expect(found({ playlistPath: 'books/42/v2/index.m3u8', version: 2 })).toMatch(
      /^cause: object-missing: .*; the catalogue says that the title plays at \/books\/42\/v2\/index\.m3u8\n/,
    );
    expect(found({})).not.toContain('catalogue');
  });

  it('sends a person with another account’s credentials to the right ones, and never to an apply', () => {
    const observation = wellBut({
      distribution: { seen: true, value: null },
      accounts: { wanted: '444455556666', got: '111122223333' },
      answer: { kind: 'not-sent', why: 'not sent' },
    });
    const [cause, fix] = printed(observation).split('\n');

    expect(cause).toBe(
      'cause: other-account: these credentials belong to account 111122223333, but "prod" is in account 444455556666',
    );
    expect(fix).toMatch(/^fix: run it again with credentials for that account(?!.*apply)/);
  });

  it('is printed without what a terminal would obey', () => {
    const url = parseViewerUrl(`https://${HOST}/books/\u001b]0;title\u0007/\u202eindex.m3u8`);

    expect(printed(wellBut({ viewer: { ...VIEWER, url } })).split('\n{')[0]).not.toMatch(
      /(?!\n)[\p{Cc}\p{Cf}]/u,
    );
  });

  it('is printed as JSON without it as well, and parses to what it was', () => {
    const name = '\u009b31m\u202e\u2066\u200b\u2028\u007f\u0085';
    const url = parseViewerUrl(`https://${HOST}/books/\u009b2J\u202eindex.m3u8`);
    const observation = wellBut({ viewer: { ...VIEWER, url, origin: `https://${name}.example` } });
    const json = printed(observation).slice(printed(observation).indexOf('\n{') + 1);

    expect(json).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.stringify(JSON.parse(json))).toContain(JSON.stringify(name).slice(1, -1));
  });

  it('drops a guess that CloudFront’s answer refutes', () => {
    const observation = wellBut({ viewer: { ...VIEWER, cookies: FOR_ONE_ADDRESS } });

    expect(diagnosed(observation)).toEqual({ verdict: 'allowed', causes: [] });
  });

  it('judges an http request as the https one that it is redirected to', () => {
    const url = parseViewerUrl(`http://${HOST}/books/42/index.m3u8`);

    expect(diagnosed(wellBut({ viewer: { ...VIEWER, url, cookies: COOKIES } })).verdict).toBe('allowed');
  });

  describe('of a public thumbnail', () => {
    const THUMBNAILS = { ...BEHAVIOUR, pathPattern: 'books/*/thumbnails/*', keyGroupIds: null };
    const behaviours = [THUMBNAILS, BEHAVIOUR];
    const url = parseViewerUrl(`https://${HOST}/books/42/thumbnails/thumb.0000000.jpg`);
    const viewer = { ...VIEWER, url, cookies: null };
    const distribution = distributionBut({ behaviours });

    it('says that no signature is needed', () => {
      const observation = wellBut({ distribution, viewer });
      expect(diagnosed(observation)).toEqual({ verdict: 'allowed', causes: [] });
      const said = printed(observation);
      expect(said).toContain('books/*/thumbnails/* is public, no signature is needed');
      expect(said).toMatch(/key group +– +none: books\/\*\/thumbnails\/\* is public/);
      expect(said).toMatch(/signature +– +not needed here/);
    });

    it('says the same with expired cookies, which nobody looks at', () => {
      const observation = wellBut({ distribution, viewer: { ...viewer, cookies: EXPIRED } });
      expect(diagnosed(observation)).toEqual({ verdict: 'allowed', causes: [] });
    });

    it('says of a playlist beside it that it is not signed', () => {
      const observation = wellBut({
        distribution,
        viewer: { ...VIEWER, cookies: null },
        answer: refusedBy('signature-check'),
      });
      expect(diagnosed(observation)).toEqual({ verdict: 'denied', causes: ['certain unsigned'] });
      expect(printed(observation)).not.toContain('is public');
    });

    it('says that a missing picture is missing', () => {
      const observation = wellBut({
        distribution,
        viewer,
        object: { seen: true, value: 'missing' },
        answer: refusedBy('s3'),
      });
      expect(diagnosed(observation)).toEqual({ verdict: 'denied', causes: ['certain object-missing'] });
    });

    it('waits for a deployment that has not made it public everywhere yet', () => {
      const observation = wellBut({
        distribution: distributionBut({ behaviours, isDeployed: false }),
        viewer,
        answer: refusedBy('signature-check'),
      });
      expect(diagnosed(observation)).toEqual({ verdict: 'denied', causes: ['likely deploying'] });
      expect(printed(observation)).toContain('no signature is needed by what is configured');
    });
  });
});
