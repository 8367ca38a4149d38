import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { prod } from '../../envs/prod.ts';
import { type CardBox, FONT, type Layout, layoutOf, type Point } from '../../ops/docs/architecture/layout.ts';
import { NARROW, WIDE } from '../../ops/docs/architecture/pages.ts';
import { pictureOf } from '../../ops/docs/architecture/picture.ts';
import { svgOf } from '../../ops/docs/architecture/svg.ts';
import { textWidth } from '../../ops/docs/architecture/text-width.ts';
import { maximum, maximumKeys } from '../envs/maximum.ts';
import { newKeys, synthesized } from '../envs/synthesized.ts';
import { largeStack } from './large-stack.ts';

const keys = newKeys('2026-11-a');
const STACKS = {
  dev: synthesized(dev, keys),
  prod: synthesized(prod, keys),
  'every option on': synthesized(maximum, maximumKeys()),
  'twice as much': largeStack,
};
const EVERY_LAYOUT = Object.entries(STACKS).flatMap(([stack, json]) =>
  Object.entries({ wide: WIDE, narrow: NARROW }).map(
    ([form, options]) => [`${stack}, ${form}`, layoutOf(pictureOf(json), options)] as const,
  ),
);

/** `app: reads signing`, for every row of every card. */
function rowsOf(json: unknown): string[] {
  return pictureOf(json).flatMap(({ cards }) =>
    cards.flatMap(({ name, relations }) =>
      relations.map(({ verb, to }) => `${name}: ${verb} ${to.map((card) => card.name).join(', ')}`),
    ),
  );
}

describe('the picture of a stack', () => {
  it('says of prod who does what to whom, as its references and policies do', () => {
    expect(rowsOf(STACKS.prod)).toEqual(
      expect.arrayContaining([
        'mediaconvert: reads masters',
        'mediaconvert: writes to outputs',
        'delivery: serves outputs',
        'delivery: trusts viewers',
        'app: writes to masters',
        'app: starts jobs in transcode',
        'app: passes mediaconvert',
        'app: reads signing',
      ]),
    );
  });

  it('says of a key in KMS who signs with it and where its public key goes, through data and locals', () => {
    const rows = rowsOf(STACKS['every option on']).filter((row) => row.includes('signing_2026-12-b key'));
    expect(rows).toEqual([
      'app: signs with signing_2026-12-b key',
      expect.stringMatching(/^app_config: names masters, /),
      'viewers: trusts the public key of signing_2026-12-b key',
    ]);
  });

  it('follows the stack: a bucket policy that allows nobody is one relation less', () => {
    const without = structuredClone(STACKS.prod) as unknown as {
      resource: Record<string, Record<string, Record<string, unknown>>>;
    };
    const role = without.resource.aws_iam_role_policy?.mediaconvert;
    if (!role) throw new Error('prod has no aws_iam_role_policy.mediaconvert');
    role.policy = '{"Version":"2012-10-17","Statement":[]}';
    expect(rowsOf(STACKS.prod).filter((row) => !rowsOf(without).includes(row))).toEqual([
      'mediaconvert: reads masters',
      'mediaconvert: writes to outputs',
      ...rowsOf(STACKS.prod).filter((row) => row.startsWith('mediaconvert: encrypts')),
    ]);
  });

  it('shows every resource of every stack, as a card or as a part of one, and none in "Other"', () => {
    for (const [name, json] of Object.entries(STACKS)) {
      const rooms = pictureOf(json);
      expect(
        rooms.map(({ id }) => id),
        name,
      ).not.toContain('other');
      const cards = rooms.flatMap((room) => room.cards);
      const types = Object.keys((json as { resource: object }).resource);
      expect(cards.length, name).toBeGreaterThan(8);
      expect(
        cards.reduce((sum, { parts }) => sum + 1 + parts.length, 0),
        name,
      ).toBeGreaterThanOrEqual(types.length);
    }
  });

  it('puts buckets, roles, topics and keys where they are used, not where their type is', () => {
    const rooms = pictureOf(largeStack);
    const namesIn = (id: string) => rooms.find((room) => room.id === id)?.cards.map(({ name }) => name) ?? [];
    expect(namesIn('uploads')).toEqual(['masters']);
    expect(namesIn('delivery')).toContain('outputs');
    expect(namesIn('observability')).toEqual(expect.arrayContaining(['logs', 'alarms_key', 'alarms topic']));
    expect(namesIn('transcode')).toEqual(expect.arrayContaining(['mediaconvert', 'job_events topic']));
    expect(namesIn('identity')).toContain('app role');
    expect(namesIn('keys')).toEqual(expect.arrayContaining(['media key', 'signing_2027 key']));
  });

  it('puts what it has no words for into "Other", under its own name', () => {
    const rooms = pictureOf({ resource: { aws_new_thing: { some: {} } } });
    expect(rooms.map(({ id, cards }) => [id, cards.map(({ title, kind }) => `${title}: ${kind}`)])).toEqual([
      ['other', ['some: new thing']],
    ]);
  });

  it('does not change when a key is rotated', () => {
    const rotated = synthesized(prod, newKeys('2026-12-b', '2026-11-a'));
    const draw = (json: unknown) => svgOf(layoutOf(pictureOf(json), WIDE), { title: '', description: '' });
    expect(draw(rotated)).toBe(draw(STACKS.prod));
  });

  it('tells cards of one name apart where others refer to them', () => {
    expect(rowsOf(largeStack)).toEqual(
      expect.arrayContaining([
        'job_events rule: sends to job_events queue',
        'job_events rule: sends to job_events topic',
        'delivery distribution: is guarded by delivery web ACL',
        'delivery distribution: shows delivery certificate',
      ]),
    );
  });
});

describe.each(EVERY_LAYOUT)('the layout of %s', (_name, layout) => {
  const cards = layout.rooms.flatMap((room) => room.cards);

  it('has a place for every line that the picture has', () => {
    const drawn = cards.flatMap(({ card }) => card.relations.filter((relation) => relation.drawn));
    expect(layout.lines.length).toBe(drawn.length);
  });

  it('lays no card over another, and every card into its room', () => {
    for (const [index, card] of cards.entries()) {
      for (const other of cards.slice(index + 1)) expect(overlap(card, other), card.card.title).toBe(false);
    }
    for (const room of layout.rooms) {
      for (const card of room.cards) expect(isInside(card, room), card.card.title).toBe(true);
    }
  });

  it('fits every text into its card', () => {
    for (const card of cards) {
      for (const { style, text, target } of card.lines) {
        const width =
          textWidth(text, FONT[style]) +
          (target ? textWidth(` ${target.text}`, { ...FONT[style], bold: true }) : 0);
        expect(width, text).toBeLessThanOrEqual(card.width - 16);
      }
    }
  });

  it('draws every line from a card to a card, through no third one', () => {
    expect(layout.lines.length).toBeGreaterThan(6);
    for (const { points } of layout.lines) {
      const [start, end] = [points[0], points.at(-1)];
      if (!start || !end) throw new Error('a line without points');
      expect(cards.some((card) => isOnEdge(start, card))).toBe(true);
      expect(cards.some((card) => isOnEdge(end, card))).toBe(true);
      for (const [from, to] of segments(points)) {
        expect(from.x === to.x || from.y === to.y).toBe(true);
        for (const card of cards) expect(crosses(from, to, card), card.card.title).toBe(false);
      }
    }
  });

  it('lays no line to one card along a line to another', () => {
    for (const [index, line] of layout.lines.entries()) {
      for (const other of layout.lines.slice(index + 1)) {
        if (other.target === line.target) continue;
        for (const one of vertical(line.points)) {
          for (const two of vertical(other.points)) expect(one.x === two.x && meet(one, two)).toBe(false);
        }
      }
    }
  });

  it('stays on the page', () => {
    for (const { x, y } of layout.lines.flatMap(({ points }) => points)) {
      expect(x > 0 && x < layout.width && y > 0 && y < layout.height).toBe(true);
    }
  });
});

describe('the drawing', () => {
  it('is the same every time', () => {
    const draw = () => svgOf(layoutOf(pictureOf(STACKS.prod), WIDE), { title: 'prod', description: 'all' });
    expect(draw()).toBe(draw());
  });

  it('has words for those who do not see it, and a dark side', () => {
    const svg = readFileSync(new URL('../../docs/architecture/prod.svg', import.meta.url), 'utf8');
    expect(svg).toContain('<title id="title">The stack of "prod"</title>');
    expect(svg).toMatch(/<desc id="description">1 · Uploads: masters\./);
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('breaks names that are too long for a card at their underscores', () => {
    const name = `a_${'very_'.repeat(12)}long_name`;
    const rooms = pictureOf({ resource: { aws_media_convert_queue: { [name]: {} } } });
    const [card] = layoutOf(rooms, WIDE).rooms.flatMap((room) => room.cards);
    const title = card?.lines.filter(({ style }) => style === 'title').map(({ text }) => text) ?? [];
    expect(title.length).toBeGreaterThan(1);
    expect(title.join('')).toBe(name);
    for (const text of title) expect(textWidth(text, FONT.title)).toBeLessThanOrEqual(WIDE.cardWidth - 24);
  });

  it('is narrow enough for a phone', () => {
    const widths = EVERY_LAYOUT.filter(([name]) => name.endsWith('narrow')).map(([, { width }]) => width);
    expect(Math.max(...widths)).toBeLessThan(520);
  });
});

type Box = Pick<CardBox, 'x' | 'y' | 'width' | 'height'>;

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

function isInside(inner: Box, outer: Layout['rooms'][number]): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function isOnEdge({ x, y }: Point, card: Box): boolean {
  return (x === card.x || x === card.x + card.width) && y > card.y && y < card.y + card.height;
}

function crosses(from: Point, to: Point, card: Box): boolean {
  const left = Math.min(from.x, to.x);
  const top = Math.min(from.y, to.y);
  return (
    left < card.x + card.width &&
    Math.max(from.x, to.x) > card.x &&
    top < card.y + card.height &&
    Math.max(from.y, to.y) > card.y
  );
}

function segments(points: readonly Point[]): [Point, Point][] {
  return points.slice(1).flatMap((to, index) => {
    const from = points[index];
    return from ? [[from, to] as [Point, Point]] : [];
  });
}

function vertical(points: readonly Point[]): { x: number; top: number; bottom: number }[] {
  return segments(points)
    .filter(([from, to]) => from.x === to.x && from.y !== to.y)
    .map(([from, to]) => ({ x: from.x, top: Math.min(from.y, to.y), bottom: Math.max(from.y, to.y) }));
}

function meet(one: { top: number; bottom: number }, two: { top: number; bottom: number }): boolean {
  return one.top <= two.bottom && two.top <= one.bottom;
}
