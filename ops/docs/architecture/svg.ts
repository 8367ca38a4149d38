/** A layout as SVG: for light and dark pages alike, and readable by screen readers as its title and description. */
import {
  CARD_PADDING,
  type CardBox,
  FONT,
  type Layout,
  type Line,
  type Point,
  ROOM_PADDING,
  type RoomBox,
  type TextLine,
} from './layout.ts';
import { ROOMS, type RoomId } from './vocabulary.ts';

export interface SvgText {
  readonly title: string;
  readonly description: string;
}

interface Palette {
  readonly page: string;
  readonly card: string;
  readonly border: string;
  readonly text: string;
  readonly muted: string;
  /** Of a room's tint over the page. */
  readonly tintOpacity: number;
  readonly rooms: Readonly<Record<RoomId, string>>;
}

const LIGHT: Palette = {
  page: '#ffffff',
  card: '#ffffff',
  border: '#d0d7de',
  text: '#1f2328',
  muted: '#59636e',
  tintOpacity: 0.09,
  rooms: {
    uploads: '#0969da',
    transcode: '#8250df',
    delivery: '#1a7f37',
    identity: '#57606a',
    keys: '#9a6700',
    observability: '#bf3989',
    other: '#57606a',
  },
};

const DARK: Palette = {
  page: '#0d1117',
  card: '#161b22',
  border: '#3d444d',
  text: '#f0f6fc',
  muted: '#9198a1',
  tintOpacity: 0.14,
  rooms: {
    uploads: '#58a6ff',
    transcode: '#bc8cff',
    delivery: '#3fb950',
    identity: '#9ea7b3',
    keys: '#d29922',
    observability: '#f778ba',
    other: '#9ea7b3',
  },
};

const CORNER = 6;
const ARROW = { length: 7, halfWidth: 4 };

export function svgOf(layout: Layout, { title, description }: SvgText): string {
  const { width, height, rooms, lines } = layout;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(description)}</desc>`,
    `<style>${styles()}</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...rooms.flatMap(roomPanel),
    ...byTarget(lines).flatMap(linePaths),
    ...rooms.flatMap(({ cards }) => cards.flatMap(cardPanel)),
    ...lines.flatMap(lineEnds),
    '</svg>',
  ].join('\n')}\n`;
}

function styles(): string {
  return [
    'text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif}',
    ...(Object.entries(FONT) as [keyof typeof FONT, { size: number; bold?: boolean }][]).map(
      ([name, { size, bold }]) => `.${name}{font-size:${size}px${bold ? ';font-weight:bold' : ''}}`,
    ),
    '.target{font-weight:bold}.line{fill:none;stroke-width:1.6}.halo{fill:none;stroke-width:4.6}',
    palette(LIGHT),
    `@media(prefers-color-scheme:dark){${palette(DARK)}}`,
  ].join('');
}

function palette({ page, card, border, text, muted, tintOpacity, rooms }: Palette): string {
  return [
    `.page{fill:${page}}.card{fill:${card};stroke:${border}}.halo{stroke:${page}}.tint{fill-opacity:${tintOpacity};stroke-opacity:.45}`,
    `.title,.row{fill:${text}}.kind,.note,.part,.subtitle{fill:${muted}}`,
    ...(Object.entries(rooms) as [RoomId, string][]).map(
      ([room, colour]) =>
        `.${room}{fill:${colour}}.tint.${room},.line.${room}{stroke:${colour}}.line.${room}{fill:none}`,
    ),
  ].join('');
}

function roomPanel({ room, x, y, width, height }: RoomBox): string[] {
  const { title, subtitle } = ROOMS[room.id];
  const left = x + ROOM_PADDING;
  return [
    `<rect class="tint ${room.id}" x="${x}" y="${y}" width="${width}" height="${height}" rx="10"/>`,
    `<text class="room ${room.id}" x="${left}" y="${y + 25}">${escaped(title)}</text>`,
    `<text class="subtitle" x="${left}" y="${y + 42}">${escaped(subtitle)}</text>`,
  ];
}

function cardPanel({ x, y, width, height, lines }: CardBox): string[] {
  return [
    `<rect class="card" x="${x}" y="${y}" width="${width}" height="${height}" rx="7"/>`,
    ...lines.map((line) => cardLine(line, x + CARD_PADDING, y)),
  ];
}

function cardLine({ style, text, target, y }: TextLine, x: number, top: number): string {
  if (!target) return `<text class="${style}" x="${x}" y="${top + y}">${escaped(text)}</text>`;
  return (
    `<text class="${style}" x="${x}" y="${top + y}">${text === '' ? '' : `${escaped(text)} `}` +
    `<tspan class="target ${target.room}">${escaped(target.text)}</tspan></text>`
  );
}

/** Lines to one card join; lines to others cross over them with a gap, so that a crossing is not taken for a fork. */
function linePaths(lines: readonly Line[]): string[] {
  const paths = lines.map(({ target, points }) => ({ room: target.room, path: roundedPath(points) }));
  return [
    ...paths.map(({ path }) => `<path class="halo" d="${path}"/>`),
    ...paths.map(({ room, path }) => `<path class="line ${room}" d="${path}"/>`),
  ];
}

function byTarget(lines: readonly Line[]): Line[][] {
  const targets = [...new Set(lines.map(({ target }) => target))];
  return targets.map((target) => lines.filter((line) => line.target === target));
}

/** A dot where a line leaves its row, an arrow where it arrives. */
function lineEnds({ target: { room }, points }: Line): string[] {
  const [start] = points;
  const end = points.at(-1);
  const before = points.at(-2);
  if (!start || !end || !before) return [];
  const back = before.x < end.x ? -ARROW.length : ARROW.length;
  return [
    `<circle class="${room}" cx="${start.x}" cy="${start.y}" r="3.5"/>`,
    `<path class="${room}" d="M${end.x} ${end.y}l${back} ${-ARROW.halfWidth}v${2 * ARROW.halfWidth}z"/>`,
  ];
}

function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const start = towards(point, before);
      const end = towards(point, after);
      return `L${start.x} ${start.y}Q${point.x} ${point.y} ${end.x} ${end.y}`;
    })
    .join('');
}

/** The point of the way from a corner where its rounding begins. */
function towards(corner: Point, other: Point): Point {
  const step = (from: number, to: number) => {
    const distance = Math.min(CORNER, Math.abs(to - from) / 2);
    return from + Math.sign(to - from) * distance;
  };
  return { x: step(corner.x, other.x), y: step(corner.y, other.y) };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
