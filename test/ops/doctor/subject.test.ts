/** What a diagnosis is about: found once, out of the viewer's request and the environment. */
import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../ops/doctor/observation.ts';
import { subjectOf } from '../../../ops/doctor/subject.ts';
import { parseViewerUrl } from '../../../ops/doctor/viewer-url.ts';
import { BEHAVIOUR, distributionBut, HOST, VIEWER, WELL, wellBut } from './observations.ts';

const CLOSED = { ...BEHAVIOUR, pathPattern: 'books/*', originId: 'books' };
const OPEN = { ...BEHAVIOUR, keyGroupIds: null };
const TWO = distributionBut({
  behaviours: [CLOSED, OPEN],
  origins: [
    { id: 'books', bucket: 'hls-books', path: '/v2', accessControlId: 'OAC' },
    { id: 'hls', bucket: null, path: '', accessControlId: null },
  ],
});
const UNSEEN = { seen: false, why: 'these credentials may not read it' } as const;

function subject(url: string, change: Partial<Observation> = {}, edgeHttpPort: number | null = null) {
  const observation = wellBut({ ...change, viewer: { ...VIEWER, url: parseViewerUrl(url) } });
  return subjectOf(observation, { edgeHttpPort });
}

describe('the subject', () => {
  it('is the address, the behaviour, its origin and the object in its bucket', () => {
    const found = subject(`https://${HOST}/books/42/a%20b.ts`, { distribution: TWO });
    expect(found).toMatchObject({
      isOurs: true,
      behaviour: { pathPattern: 'books/*' },
      origin: { id: 'books' },
      target: { bucket: 'hls-books', objectKey: 'v2/books/42/a b.ts' },
    });
  });

  it.each([
    ['an origin that is no bucket', `https://${HOST}/about`],
    ['a path that is no UTF-8', `https://${HOST}/books/%ff`],
  ])('has no object for %s', (_, url) => {
    expect(subject(url, { distribution: TWO }).target).toBeNull();
  });

  it('asks for no signature where the behaviour is open', () => {
    expect(subject(`https://${HOST}/about`, { distribution: TWO }).signature).toBeNull();
    expect(subject(`https://${HOST}/books/42/index.m3u8`, { distribution: TWO }).signature).not.toBeNull();
  });

  it('is the request after a redirect to https', () => {
    expect(subject(`http://${HOST}/books/42/index.m3u8`).url.protocol).toBe('https');
  });

  it('is not ours under another host, and where the distribution could not be seen', () => {
    expect(subject('https://media.example.org/books/42/index.m3u8').isOurs).toBe(false);
    expect(subject(`https://${HOST}/books/42/index.m3u8`, { distribution: UNSEEN }).isOurs).toBe(false);
  });

  it('has the distribution’s host for an address of this machine, by http at the port that stands for 80', () => {
    const httpsOnly = distributionBut({ behaviours: [{ ...BEHAVIOUR, viewerProtocolPolicy: 'https-only' }] });
    const change = { distribution: httpsOnly };
    expect(subject('http://127.0.0.1:4443/books/42/index.m3u8', change, 4480)).toMatchObject({
      isOurs: true,
      url: { protocol: 'https', host: HOST },
    });
    expect(subject('http://localhost:4480/books/42/index.m3u8', change, 4480)).toMatchObject({
      isOurs: true,
      url: { protocol: 'http', host: HOST },
    });
  });

  it('needs nothing of what is observed after it', () => {
    const later = {
      cors: UNSEEN,
      originAccess: UNSEEN,
      bucketPolicy: UNSEEN,
      object: UNSEEN,
      keyPolicy: UNSEEN,
    };
    const answer = {
      kind: 'none',
      why: 'no answer (timeout)',
      address: 'https://media.example.com/',
    } as const;
    const options = { edgeHttpPort: null };
    expect(subjectOf(wellBut({ ...later, answer }), options)).toEqual(subjectOf(WELL, options));
  });
});
