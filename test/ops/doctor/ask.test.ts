import { describe, expect, it } from 'vitest';
import { answerOf } from '../../../ops/doctor/ask.ts';

describe('an answer to HEAD, which has no body', () => {
  it.each([
    ['signature-check', 403, { server: 'CloudFront', 'content-type': 'text/xml' }],
    ['cloudfront-page', 403, { server: 'CloudFront', 'content-type': 'text/html' }],
    ['s3', 403, { server: 'AmazonS3', 'content-type': 'application/xml' }],
    ['s3', 404, { 'content-type': 'application/xml' }],
    ['cloudfront-page', 502, { server: 'CloudFront', 'content-type': 'text/html' }],
    ['cloudfront', 200, { server: 'AmazonS3', 'content-type': 'application/vnd.apple.mpegurl' }],
  ])('is by %s: %i %o', (by, status, headers) => {
    expect(answerOf(status, headers)).toMatchObject({ kind: 'answered', by, status });
  });

  it('is from the cache when CloudFront says Hit', () => {
    expect(answerOf(200, { 'x-cache': 'Hit from cloudfront' })).toMatchObject({ fromCache: true });
    expect(answerOf(200, { 'x-cache': 'RefreshHit from cloudfront' })).toMatchObject({ fromCache: false });
  });
});
