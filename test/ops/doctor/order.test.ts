/** The doctor gives the causes before the signature in the order in which the edge answers: both ask one judge. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DistributionHead } from '../../../aws/cloudfront/distribution.ts';
import { judge } from '../../../aws/cloudfront/judge.ts';
import { causesAtRequest } from '../../../ops/doctor/at-request.ts';
import { subjectOf } from '../../../ops/doctor/subject.ts';
import { behaviour } from '../../edge/fixture.ts';
import { BEHAVIOUR, VIEWER, WELL } from './observations.ts';

const CAUSES: Readonly<Record<string, string>> = {
  'unknown-host': 'other-host',
  disabled: 'distribution-disabled',
  'geo-blocked': 'geo-blocked',
  'https-only': 'https-only',
  'method-not-allowed': 'method-not-allowed',
};

const heads: fc.Arbitrary<DistributionHead> = fc.record({
  id: fc.constant('E1'),
  arn: fc.constant('arn:aws:cloudfront::444455556666:distribution/E1'),
  enabled: fc.constantFrom(true, true, true, false),
  domainName: fc.constantFrom('d111111abcdef8.cloudfront.net', 'D111111ABCDEF8.cloudfront.net'),
  aliases: fc.subarray(['media.example.com', '*.example.com', '*.Media.example.com']),
  geoRestriction: fc.record({
    type: fc.constantFrom('none', 'whitelist', 'blacklist'),
    countries: fc.subarray(['DE', 'AT', 'US']),
  }),
});
const rules = fc.array(
  fc.record({
    pathPattern: fc.constantFrom('books/*', '*.m3u8', 'books/4?/*', 'other/*'),
    viewerProtocolPolicy: fc.constantFrom('allow-all', 'redirect-to-https', 'https-only'),
    allowedMethods: fc.constantFrom(['GET', 'HEAD'], ['GET', 'HEAD', 'OPTIONS']),
  }),
  { maxLength: 3 },
);
const requests = fc.record({
  protocol: fc.constantFrom('https', 'https', 'http'),
  host: fc.constantFrom(
    'media.example.com',
    'd111111abcdef8.cloudfront.net',
    'x.media.example.com',
    'a..example.com',
    'example.com',
    'b c.example.com',
  ),
  path: fc.constantFrom('/books/42/index.m3u8', '/books/4/a.ts', '/', '//books/42/a'),
  method: fc.constantFrom('GET', 'OPTIONS', 'POST'),
  country: fc.constantFrom(null, 'DE', 'us', 'FR'),
});

describe('the doctor’s first cause before the signature', () => {
  it('is what the edge answers, and there is none where the edge looks at the signature', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(heads, rules, requests, (head, listed, asked) => {
        const all = [
          ...listed,
          { pathPattern: '*', viewerProtocolPolicy: 'https-only' as const, allowedMethods: ['GET'] },
        ];
        const { protocol, host, path, method, country } = asked;
        const edge = judge(
          {
            protocol,
            host,
            path,
            method,
            query: '',
            headers: {},
            ip: '203.0.113.7',
            ...(country !== null && { country }),
          },
          {
            distribution: {
              ...head,
              accountId: '444455556666',
              defaultRootObject: '',
              errorCachingSeconds: new Map(),
              behaviours: all.map((one) => behaviour({ ...one, trustedKeys: null })),
            },
            now: WELL.now,
          },
        );
        const observation = {
          ...WELL,
          viewer: { ...VIEWER, method, country, url: { protocol, host, path, port: '', query: '' } },
          distribution: {
            seen: true as const,
            value: {
              ...head,
              comment: '',
              isDeployed: true,
              webAcl: null,
              behaviours: all.map((one) => ({ ...BEHAVIOUR, ...one })),
              origins: [],
            },
          },
        };
        const causes = causesAtRequest(observation, subjectOf(observation, { edgeHttpPort: null }));

        seen.add(edge.outcome);
        // The doctor follows a redirect, and judges the request after it.
        if (edge.outcome === 'redirect-to-https')
          expect(causes.map(({ id }) => id)).not.toContain('https-only');
        else expect(causes[0]?.id).toBe(CAUSES[edge.outcome]);
      }),
      { numRuns: 3000 },
    );
    expect([...seen].sort()).toEqual([...Object.keys(CAUSES), 'allowed', 'redirect-to-https'].sort());
  });
});
