/** The pictures that docs/architecture.md asks for, and the page itself with them in it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { environmentNamed } from '../../terraform/targets.ts';
import type { GeneratedPage } from '../generated-page.ts';
import { type LayoutOptions, layoutOf } from './layout.ts';
import { type Card, pictureOf, type Room } from './picture.ts';
import { svgOf } from './svg.ts';
import { ROOMS } from './vocabulary.ts';

/** `<!-- picture: prod -->` … `<!-- /picture -->` */
const MARKED = /^<!-- picture: (\w+) -->$[\s\S]*?^<!-- \/picture -->$/gm;

/** For a page as wide as a screen. */
export const WIDE: LayoutOptions = {
  columns: [
    ['uploads', 'identity'],
    ['transcode', 'keys'],
    ['delivery', 'observability', 'other'],
  ],
  cardWidth: 270,
};

/** For a phone: one room below the other. */
export const NARROW: LayoutOptions = {
  columns: [['uploads', 'transcode', 'delivery', 'keys', 'identity', 'observability', 'other']],
  cardWidth: 300,
};

const NARROW_BELOW_PIXELS = 700;

/** @param page the path of architecture.md, with a folder of the same name beside it for the pictures */
export function architecturePages(page: string, root: string): GeneratedPage[] {
  const is = existsSync(page) ? readFileSync(page, 'utf8') : '';
  const pictures: GeneratedPage[] = [];
  const wanted = is.replaceAll(MARKED, (_marked, environment: string) => {
    const rooms = pictureOf(synthesized(environment));
    const svgs = [
      { name: `${environment}.svg`, options: WIDE },
      { name: `${environment}-narrow.svg`, options: NARROW },
    ].map(({ name, options }) => generatedSvg(join(folderOf(page), name), root, environment, rooms, options));
    pictures.push(...svgs);
    return `<!-- picture: ${environment} -->\n${markdownOf(page, environment, rooms)}\n<!-- /picture -->`;
  });
  return [{ path: relative(root, page), file: page, is, wanted }, ...pictures];
}

function folderOf(page: string): string {
  return page.replace(/\.md$/, '');
}

function synthesized(environment: string): unknown {
  const outdir = mkdtempSync(join(tmpdir(), 'storytime-picture-'));
  try {
    const folder = environmentNamed(environment).synthesize(outdir);
    return JSON.parse(readFileSync(join(folder, 'cdk.tf.json'), 'utf8'));
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

function generatedSvg(
  file: string,
  root: string,
  environment: string,
  rooms: readonly Room[],
  options: LayoutOptions,
): GeneratedPage {
  const wanted = svgOf(layoutOf(rooms, options), {
    title: `The stack of "${environment}"`,
    description: rooms
      .map(({ id, cards }) => `${ROOMS[id].title}: ${cards.map(({ name }) => name).join(', ')}.`)
      .join(' '),
  });
  return { path: relative(root, file), file, is: existsSync(file) ? readFileSync(file, 'utf8') : '', wanted };
}

/** The picture, and below it the same in words. */
function markdownOf(page: string, environment: string, rooms: readonly Room[]): string {
  const folder = relative(dirname(page), folderOf(page));
  return [
    '<picture>',
    `  <source media="(max-width: ${NARROW_BELOW_PIXELS}px)" srcset="${folder}/${environment}-narrow.svg">`,
    `  <img src="${folder}/${environment}.svg" alt="The stack of ${environment}: the list below says the same in words">`,
    '</picture>',
    '',
    `<details><summary>The same in words: ${environment}</summary>`,
    '',
    ...rooms.flatMap(({ id, cards }) => [`**${ROOMS[id].title}**`, '', ...cards.map(itemOf), '']),
    '</details>',
  ].join('\n');
}

function itemOf({ title, kind, relations, parts }: Card): string {
  const sentences = [
    relations.map(({ verb, to }) => `${verb} ${to.map(({ name }) => `\`${name}\``).join(', ')}`).join('; '),
    parts.length > 0 ? `with ${parts.join(', ')}` : '',
  ].filter((sentence) => sentence !== '');
  return `- \`${title}\`, ${kind}${sentences.length > 0 ? `: ${sentences.join('; ')}` : ''}`;
}
