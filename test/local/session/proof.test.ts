import { describe, expect, it } from 'vitest';
import { wantedUnsigned } from '../../../local/session/proof/index.ts';

const NAMES = ['playlist', 'variant', 'segment', 'thumbnail'] as const;

describe('the proof of npm start -- --once', () => {
  it('wants every request without cookies to be denied', () => {
    const answers = NAMES.map((name) => wantedUnsigned(name, { publicThumbnails: false }));
    expect(answers).toEqual(NAMES.map(() => '403 MissingKey'));
  });

  it('wants a public thumbnail to be served, and nothing else', () => {
    const answers = NAMES.map((name) => wantedUnsigned(name, { publicThumbnails: true }));
    expect(answers).toEqual(['403 MissingKey', '403 MissingKey', '403 MissingKey', '200']);
  });
});
