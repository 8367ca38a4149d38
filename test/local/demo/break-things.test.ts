import { explain } from '@storytime/signer/verify';
import { beforeEach, describe, expect, it } from 'vitest';
import { DOMAIN, entryOf, startBackend, titleOf, trustedKeys } from './backend.ts';

let backend: ReturnType<typeof startBackend>;
beforeEach(async () => {
  backend = startBackend();
  await backend.signIn();
  await backend.send('POST', '/api/books/42/cookies');
});

const verdict = (now = new Date()) =>
  explain({ url: `https://${DOMAIN}/books/42/index.m3u8`, cookies: backend.cookies(), trustedKeys, now });

describe('a way to break the cookies', () => {
  it('are valid for four seconds and then no longer', async () => {
    await backend.send('POST', '/api/break/books/42/expire');

    expect(verdict()).toMatchObject({ allowed: true });
    expect(verdict(new Date(Date.now() + 5000))).toMatchObject({
      reason: 'expired',
      errorCode: 'AccessDenied',
    });
  });

  it.each([
    ['tamper', 'signature-mismatch', 'AccessDenied'],
    ['extend', 'signature-mismatch', 'AccessDenied'],
    ['other-book', 'resource-mismatch', 'AccessDenied'],
    ['drop', 'unsigned', 'MissingKey'],
  ])('has CloudFront deny what "%s" leaves, as %s', async (how, reason, errorCode) => {
    const answer = await backend.send('POST', `/api/break/books/42/${how}`);

    expect(answer.status).toBe(200);
    expect(verdict()).toMatchObject({ allowed: false, reason, errorCode });
  });

  it('is put right by cookies as anybody asks for them', async () => {
    await backend.send('POST', '/api/break/books/42/tamper');
    await backend.send('POST', '/api/books/42/cookies');

    expect(verdict()).toMatchObject({ allowed: true });
  });

  it('is refused for an unknown book and an unknown way', async () => {
    expect((await backend.send('POST', '/api/break/books/43/drop')).status).toBe(404);
    expect((await backend.send('POST', '/api/break/books/42/constructor')).status).toBe(404);
  });

  it.each(['expire', 'tamper', 'extend', 'other-book', 'drop', 'constructor'])(
    'gives nothing to a user who is not signed in: %s',
    async (how) => {
      for (const signedOut of [startBackend(), backend]) {
        if (signedOut === backend) await backend.send('DELETE', '/api/session');
        const answer = await signedOut.send('POST', `/api/break/books/42/${how}`);

        expect(answer.status).toBe(401);
        expect(answer.headers.getSetCookie()).toEqual([]);
      }
    },
  );

  it('is refused for a title that was withdrawn, as whole cookies are', async () => {
    const withdrawn = entryOf(titleOf('42', { state: 'withdrawn' }));
    backend = startBackend({ catalogue: { read: async () => [withdrawn] } });
    await backend.signIn();
    for (const path of ['/api/break/books/42/expire', '/api/books/42/cookies']) {
      const answer = await backend.send('POST', path);

      expect(answer.status).toBe(404);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });

  it('leaves nothing behind that signing out does not clear', async () => {
    const fresh = startBackend();
    await fresh.signIn();
    await fresh.send('POST', '/api/break/books/42/expire');
    const cleared = (await fresh.send('DELETE', '/api/session')).headers.getSetCookie().join('\n');

    expect(cleared).toMatch(/CloudFront-Policy=;.*Path=\/books\/42\//);
  });

  it('is not in a backend for customers', async () => {
    const { readFile } = await import('node:fs/promises');
    const app = await readFile(new URL('../../../local/demo/app.ts', import.meta.url), 'utf8');

    expect(app).not.toMatch(/import .*break-things|api\/break/);
  });
});

describe('the rotation', () => {
  it('is not begun for a user who is not signed in', async () => {
    expect((await startBackend().send('POST', '/api/break/rotation')).status).toBe(401);
  });

  it('is one at a time', async () => {
    let end: () => void = () => {};
    backend = startBackend({
      rotate: () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    });
    await backend.signIn();
    expect((await backend.send('POST', '/api/break/rotation')).status).toBe(202);
    expect((await backend.send('POST', '/api/break/rotation')).status).toBe(409);

    end();
    await expect.poll(async () => (await backend.send('POST', '/api/break/rotation')).status).toBe(202);
  });
});
