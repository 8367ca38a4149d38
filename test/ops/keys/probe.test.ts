import { describe, expect, it } from 'vitest';
import { judgeAnswer } from '../../../ops/keys/probe.ts';

const xml = (code: string, more = '') => `<?xml version="1.0"?><Error><Code>${code}</Code>${more}</Error>`;

describe('a probe', () => {
  it.each([
    ['an object', 200, 'application/vnd.apple.mpegurl', '#EXTM3U'],
    ['no object', 404, 'application/xml', xml('NoSuchKey', '<RequestId>1</RequestId>')],
    [
      'S3’s own 403',
      403,
      'application/xml',
      xml('AccessDenied', '<RequestId>1</RequestId><HostId>2</HostId>'),
    ],
  ])('is accepted when the origin answered: %s', (_, status, type, body) => {
    expect(judgeAnswer(status, type, body)).toEqual({ verdict: 'accepted', status });
  });

  it.each(['MissingKey', 'InvalidKey', 'MalformedPolicy', 'MalformedSignature', 'AccessDenied'])(
    'is denied by CloudFront’s own %s',
    (code) => {
      expect(judgeAnswer(403, 'text/xml', xml(code))).toEqual({ verdict: 'denied', code });
    },
  );

  it.each([
    ['a geo restriction or WAF', 403, 'text/html', '<HTML>Request blocked.</HTML>'],
    ['an edge in trouble', 503, 'text/html', '<HTML>'],
    ['an origin in trouble', 502, 'text/html', '<HTML>'],
    ['a redirect', 301, 'text/html', ''],
    ['a page of CloudFront’s', 400, 'text/html', '<HTML>'],
    ['a code of nobody’s', 403, 'text/xml', xml('SomethingElse')],
  ])('is inconclusive when nothing judged the signature: %s', (_, status, type, body) => {
    expect(judgeAnswer(status, type, body).verdict).toBe('inconclusive');
  });
});
