import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hlsJobSettings } from '../../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { checkCaptions } from '../../../../ops/upload/check/captions.ts';

const VTT = 'WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n';
const SRT = '1\r\n00:00:00,000 --> 00:00:01,000\r\nHello\r\n';
const TTML = '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="en"><body/></tt>';
let folder: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'captions-test-'));
  env = { INIT_CWD: folder };
  const files = {
    'en.vtt': VTT,
    'bom.vtt': `\ufeff${VTT}`,
    'en.srt': SRT,
    'en.ttml': TTML,
    'imsc.xml': `<?xml version="1.0"?>\n<!-- IMSC -->\n${TTML.replaceAll('<tt', '<tt:tt')}`,
    'comments.ttml': `${'<!-- -->'.repeat(200)}${TTML}`,
    'hostile.ttml': '<!-- -->'.repeat(100_000),
    'svg.ttml': '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
    'doctype.ttml': `<!DOCTYPE tt SYSTEM "/etc/passwd">${TTML}`,
    'named.vtt': SRT,
    'bare.vtt': 'WEBVTT',
    'empty.vtt': '',
    'not.vtt': 'WEBVTTX\n',
    'text.srt': 'once upon a time',
    'page.vtt': '<html>',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'latin1.srt'), Buffer.from(SRT.replace('Hello', 'caf\xe9'), 'latin1'));
  await writeFile(join(folder, 'utf16.vtt'), Buffer.from(VTT, 'utf16le'));
  await writeFile(join(folder, 'large.vtt'), VTT.padEnd(10 * 2 ** 20 + 1));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('captions', () => {
  it.each([
    ['en=en.vtt', 'vtt'],
    ['en=bom.vtt', 'vtt'],
    ['en=bare.vtt', 'vtt'],
    ['en=en.srt', 'srt'],
    ['en=named.vtt', 'srt'],
    ['en=en.ttml', 'ttml'],
    ['en=imsc.xml', 'ttml'],
    ['en=comments.ttml', 'ttml'],
  ])('%s are %s by what is in the file', async (given, extension) => {
    expect((await checkCaptions([given], env))[0]).toMatchObject({
      extension,
      language: 'en',
      label: 'English',
    });
  });

  it('have the hash of their content', async () => {
    const sha256 = createHash('sha256').update(VTT).digest('hex');
    expect(await checkCaptions(['en=en.vtt'], env)).toEqual([
      {
        ...{ language: 'en', languageCode: 'ENG', label: 'English', extension: 'vtt', sha256 },
        ...{ path: join(folder, 'en.vtt'), bytes: VTT.length },
      },
    ]);
  });

  it.each([
    ['de', 'de', 'DEU', 'Deutsch'],
    ['deu', 'de', 'DEU', 'Deutsch'],
    ['EN-gb', 'en-GB', 'ENG', 'British English'],
    ['pt-BR', 'pt-BR', 'POR', 'Português (Brasil)'],
    ['zh-Hant', 'zh-Hant', 'ZHO', '繁體中文'],
    ['tl', 'fil', 'TGL', 'Filipino'],
    ['nb', 'nb', 'NOB', 'Norsk bokmål'],
    ['iw', 'he', 'HEB', 'עברית'],
  ])('in %s are %s to players and %s to MediaConvert', async (tag, language, languageCode, label) => {
    const checked = await checkCaptions([`${tag}=en.vtt`], env);
    expect(checked[0]).toMatchObject({ language, languageCode, label });
    const captions = checked.map((one) => ({ ...one, input: `s3://masters/captions.${one.extension}` }));
    const ladder = [{ shortSidePixels: 144, maxBitrateBps: 200_000 }];
    const settings = hlsJobSettings({
      ...{
        input: 's3://masters/master',
        destination: 's3://outputs/books/1/index',
        ladder,
        segmentSeconds: 6,
        captions,
      },
    });
    expect(JSON.stringify(settings)).toContain(languageCode);
  });

  it.each(['xx=en.vtt', 'und=en.vtt', 'english=en.vtt', 'e n=en.vtt', '*=en.vtt', 'tlh=en.vtt'])(
    'in no language that MediaConvert knows: %s',
    async (given) => {
      await expect(checkCaptions([given], env)).rejects.toMatchObject({ code: 'LANGUAGE_UNKNOWN' });
    },
  );

  it.each([
    [['en'], /expected <language>=<file>/],
    [['=en.vtt'], /expected <language>=<file>/],
    [['en='], /expected <language>=<file>/],
    [['en=absent.vtt'], /"absent\.vtt" does not exist/],
    [['en=.'], /"\." is a directory/],
    [['en=empty.vtt'], /none of WebVTT, SRT and TTML/],
    [['en=not.vtt'], /none of WebVTT, SRT and TTML/],
    [['en=text.srt'], /none of WebVTT, SRT and TTML/],
    [['en=hostile.ttml'], /none of WebVTT, SRT and TTML/],
    [['en=svg.ttml'], /none of WebVTT, SRT and TTML/],
    [['en=doctype.ttml'], /none of WebVTT, SRT and TTML/],
    [['en=page.vtt'], /none of WebVTT, SRT and TTML/],
    [['en=latin1.srt'], /is not UTF-8 text/],
    [['en=utf16.vtt'], /none of WebVTT, SRT and TTML|is not UTF-8/],
    [['en=large.vtt'], /larger than captions are/],
    [['en=en.vtt', 'eng=en.srt'], /en was given twice/],
  ])('%j are refused', async (given, message) => {
    await expect(checkCaptions(given, env)).rejects.toThrow(message);
    await expect(checkCaptions(given, env)).rejects.toMatchObject({ code: 'CAPTIONS_UNUSABLE' });
  });
});

it('captions are no device, which has no end', async () => {
  await expect(checkCaptions(['en=/dev/zero'], env)).rejects.toMatchObject({
    code: 'CAPTIONS_UNUSABLE',
    message: expect.stringContaining('is not a regular file'),
  });
});
