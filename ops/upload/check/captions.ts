/** Captions in files of their own: what is in them, and which language a player shows them for. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { LanguageCode } from '@aws-sdk/client-mediaconvert';
import { callersFile } from '../../terraform/callers-file.ts';
import { UploadRefused } from '../refused.ts';

export interface CheckedCaptions {
  /** A tag of RFC 5646 in its canonical form: `en`, `pt-BR`. */
  readonly language: string;
  /** The same as MediaConvert and `@storytime/hls-jobs` spell it: `ENG`. */
  readonly languageCode: LanguageCode;
  /** What a player's menu shows: the language's own name for itself. */
  readonly label: string;
  readonly path: string;
  readonly bytes: number;
  /** Of the content, lower-case hex. */
  readonly sha256: string;
  /** By what is in the file. */
  readonly extension: 'vtt' | 'srt' | 'ttml';
}

/** An evening of two languages is 200 KB; MediaConvert names no limit. */
const MOST_BYTES = 10 * 2 ** 20;

/**
 * @param given - `<language>=<file>`, for each language once
 * @param env - of this process: relative paths are meant from the caller's folder
 * @throws UploadRefused CAPTIONS_UNUSABLE or LANGUAGE_UNKNOWN
 */
export async function checkCaptions(
  given: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<CheckedCaptions[]> {
  const checked: CheckedCaptions[] = [];
  for (const one of given) {
    const { language, file } = parseOption(one);
    if (checked.some((other) => other.language === language)) {
      throw unusable(`${language} was given twice: give each language once`);
    }
    checked.push({ ...spokenIn(language), ...(await readCaptions(file, env)) });
  }
  return checked;
}

function parseOption(given: string): { readonly language: string; readonly file: string } {
  const [, tag, file] = /^([^=]+)=(.+)$/s.exec(given) ?? [];
  if (tag === undefined || file === undefined) {
    throw unusable(`expected <language>=<file>, such as en=captions.vtt, got ${JSON.stringify(given)}`);
  }
  const language = canonical(tag.trim());
  if (language === null) {
    throw new UploadRefused(
      'LANGUAGE_UNKNOWN',
      `--captions: expected a language as RFC 5646 spells it, such as en or pt-BR, got ${JSON.stringify(tag)}`,
    );
  }
  return { language, file };
}

/** `deu` becomes `de`; null for what is not a tag. */
function canonical(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}

/**
 * MediaConvert's codes have three letters and know no regions. Where one language has two codes, the first counts: German's
 * is DEU, as in HLS, and not GER.
 */
const CODES: ReadonlyMap<string, LanguageCode> = new Map(
  Object.values(LanguageCode)
    .map((code) => [canonical(code.toLowerCase()) ?? code, code] as const)
    .toReversed(),
);

function spokenIn(language: string): Pick<CheckedCaptions, 'language' | 'languageCode' | 'label'> {
  const languageCode = CODES.get(new Intl.Locale(language).language);
  if (languageCode === undefined) {
    throw new UploadRefused(
      'LANGUAGE_UNKNOWN',
      `--captions: MediaConvert has no code for ${JSON.stringify(language)}; give a language of its list: https://docs.aws.amazon.com/mediaconvert/latest/ug/language-codes.html`,
    );
  }
  return { language, languageCode, label: ownName(language) };
}

/** `English`, `français (Canada)` with a capital, as menus have it. */
function ownName(language: string): string {
  const name =
    new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(language) ?? language;
  const [first = '', ...rest] = name;
  return first.toLocaleUpperCase(language) + rest.join('');
}

async function readCaptions(
  file: string,
  env: NodeJS.ProcessEnv,
): Promise<Pick<CheckedCaptions, 'path' | 'bytes' | 'sha256' | 'extension'>> {
  const path = callersFile(file, env);
  const name = JSON.stringify(file);
  const content = await readAtMost(path, name);
  const text = asText(content);
  if (text === null) throw unusable(`${name} is not UTF-8 text: save it as UTF-8`);
  const extension = kindOf(text);
  if (extension === null) throw unusable(`${name} is none of WebVTT, SRT and TTML: convert it to WebVTT`);
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, bytes: content.length, sha256, extension };
}

async function readAtMost(path: string, name: string): Promise<Buffer> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw unusable(`${name} is a directory: pass one file for each language`);
    // A pipe would be waited for, and a device read for ever.
    if (!found.isFile()) throw unusable(`${name} is not a regular file: pass a file of WebVTT or SRT`);
    const { size } = found;
    if (size > MOST_BYTES)
      throw unusable(`${name} is larger than captions are: expected at most ${MOST_BYTES} bytes`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof UploadRefused) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw unusable(`${name} does not exist: check the path`, cause);
    throw unusable(`${name} cannot be read (${code}): check its permissions`, cause);
  }
}

function asText(content: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    return null;
  }
}

/** @see https://www.w3.org/TR/webvtt1/#file-structure */
function kindOf(text: string): CheckedCaptions['extension'] | null {
  if (/^WEBVTT(?:[ \t\r\n]|$)/.test(text)) return 'vtt';
  const isSrt =
    /^\s*\d+[ \t]*\r?\n\d{1,3}:\d\d:\d\d[,.]\d{1,3}[ \t]*-->[ \t]*\d{1,3}:\d\d:\d\d[,.]\d{1,3}/.test(text);
  if (isSrt) return 'srt';
  return isTtml(text) ? 'ttml' : null;
}

/** Where the root has begun, whatever comments are before it. */
const HEAD_CHARACTERS = 16 * 1024;

/** The root of TTML, which IMSC is too. A document type is none of it, and could name other files. */
function isTtml(text: string): boolean {
  const head = text.slice(0, HEAD_CHARACTERS).replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, '');
  const root = /^\s*<(?:[\w.-]+:)?tt(\s[^>]*)>/.exec(head)?.[1] ?? '';
  return /["']http:\/\/www\.w3\.org\/ns\/ttml["']/.test(root);
}

function unusable(what: string, cause?: unknown): UploadRefused {
  return new UploadRefused('CAPTIONS_UNUSABLE', `--captions: ${what}`, { cause });
}
