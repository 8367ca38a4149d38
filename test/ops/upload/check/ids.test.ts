import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireBookId } from '../../../../modules/mediaconvert/hls-jobs/src/book-id.ts';
import { filesToCheck } from '../../../../ops/upload/check/check-master.ts';
import {
  idFromHash,
  idFromName,
  idsFromNames,
  numberedId,
  requireUsableId,
  requireUsableTitle,
  titleFromName,
} from '../../../../ops/upload/check/ids.ts';
import { UploadRefused } from '../../../../ops/upload/refused.ts';
import { objectPath } from '../../../../signer/src/index.ts';
import { ec, signerWith } from '../../../signer/fixtures.ts';

/** Names as people give them, and as nobody should. */
const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 120 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({
    unit: fc.constantFrom('a', 'É', '-', '.', ' ', '_', '%', '*', '?', '/', '語', '\u202e'),
    maxLength: 90,
  }),
);

describe('an id from a name', () => {
  it.each([
    ['Der Hüpfer_2.Teil', 'der-huepfer-2-teil'],
    ['Ёжик в тумане', 'yozhik-v-tumane'],
    ['MyFilm', 'myfilm'],
    ['IMG_0042', 'img-0042'],
    ['Tom & Jerry', 'tom-and-jerry'],
    ['東京 2024', '2024'],
    ['ﬁlm Ａ', 'film-a'],
    ['a%2F..%2Fb', 'a-2f-2fb'],
    ['--x--', 'x'],
    ['x'.repeat(70), 'x'.repeat(64)],
    [`${'x'.repeat(63)} y`, 'x'.repeat(63)],
    ['..', null],
    ['*?', null],
    ['फिल्म', null],
    ['😀', null],
    ['', null],
  ])('of %s is %s', (name, id) => {
    expect(idFromName(name)).toBe(id);
  });

  it('is taken by a job and by a URL as it stands, and has at most 64 characters', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 1, max: 10_000 }), (name, number) => {
        const id = idFromName(name);
        if (id === null) return;
        for (const one of [id, numberedId(id, number)]) {
          expect(() => requireBookId(one)).not.toThrow();
          expect(requireUsableId(one)).toBe(one);
          expect(one).toMatch(/^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/);
          expect(objectPath(`books/${one}/index.m3u8`).toString()).toBe(`/books/${one}/index.m3u8`);
        }
      }),
    );
  });

  it('is signed as the scope of its directory, as it stands', async () => {
    const signer = signerWith(ec);
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const id = idFromName(name) ?? idFromHash('0123456789abcdef');
        const { setCookie } = await signer.signCookies(`/books/${id}/*`);
        expect(setCookie.every((cookie) => cookie.includes(`; Path=/books/${id}/;`))).toBe(true);
        expect(setCookie).not.toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('is no other file’s of the same run', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(names, fc.constantFrom('intro', 'Intro', 'intro-2', 'intro 2', 'x'.repeat(80))), {
          maxLength: 12,
        }),
        (all) => {
          const ids = idsFromNames(all).filter((id) => id !== null);
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.every((id) => id.length <= 64)).toBe(true);
        },
      ),
    );
  });

  it('is numbered from 2 where several have it, beside one that is called so', () => {
    expect(idsFromNames(['intro', 'Intro', 'intro-2', 'intro', '😀'])).toEqual([
      'intro',
      'intro-3',
      'intro-2',
      'intro-4',
      null,
    ]);
    expect(numberedId('x'.repeat(64), 12)).toBe(`${'x'.repeat(61)}-12`);
  });

  it('is found for fifty thousand files of one name', () => {
    const count = 50_000;
    const ids = idsFromNames(Array.from({ length: count }, () => 'video'));
    expect([ids[0], ids[1], ids.at(-1)]).toEqual(['video', 'video-2', `video-${count}`]);
  });

  it('is made of the content where nothing of the name is left', () => {
    expect(idFromHash(`0123abcd${'f'.repeat(56)}`)).toBe('title-0123abcd');
  });
});

describe('an id that was given', () => {
  it.each(['a', 'Intro_2.final', 'x'.repeat(128), '42'])('may be %s', (id) => {
    expect(requireUsableId(id)).toBe(id);
    expect(() => requireBookId(id)).not.toThrow();
  });

  it.each(['', '.', '..', 'a..b', 'a b', 'a/b', 'a*', 'ä', 'a%20b', '~a', 'x'.repeat(129)])(
    'is refused as %j',
    (id) => {
      expect(() => requireUsableId(id)).toThrow(UploadRefused);
    },
  );

  it('is one file’s', () => {
    const files = ['a.mp4', 'b.mp4'].map((file) => ({ file, path: `/films/${file}` }));
    for (const given of [{ id: 'x' }, { title: 'x' }, { captions: ['en=a.vtt'] }]) {
      expect(() => filesToCheck(files, given)).toThrow(/^--\w+ is for one file, got 2: pass one$/);
    }
    expect(filesToCheck(files, { captions: [] })).toHaveLength(2);
    expect(filesToCheck(files.slice(0, 1), { id: 'x', title: ' The  X ' })).toEqual([
      { ...files[0], id: { value: 'x', given: true }, title: 'The X' },
    ]);
    expect(filesToCheck(files).map(({ id }) => id)).toEqual([
      { value: 'a', given: false },
      { value: 'b', given: false },
    ]);
  });
});

describe('a title', () => {
  it.each([
    ['My.Film.2024', 'My Film 2024'],
    ['my_film', 'my film'],
    ['Der Hüpfer. Teil 2', 'Der Hüpfer. Teil 2'],
    ['a\n\tb', 'a b'],
    ['evil\u202egpj', 'evil gpj'],
    ['u\u0308', 'ü'],
    ['👩‍👧 at home', '👩‍👧 at home'],
    ['...', 'Untitled'],
    ['語'.repeat(300), '語'.repeat(200)],
  ])('of the name %j is %j', (name, title) => {
    expect(titleFromName(name)).toBe(title);
  });

  it('that was given is refused when it is empty or too long', () => {
    expect(requireUsableTitle('  A  title ')).toBe('A title');
    for (const title of ['', ' \n', 'x'.repeat(201)]) {
      expect(() => requireUsableTitle(title)).toThrow(/--title: expected 1 to 200 characters/);
    }
  });
});
