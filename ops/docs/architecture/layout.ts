/**
 * Where everything stands. Rooms are stacked in columns; between the columns are channels, in which every card that
 * lines lead to has a lane of its own. A line to a column further away passes between two rooms of the one in the way.
 */
import type { Card, Room } from './picture.ts';
import { textWidth, wrapped } from './text-width.ts';
import type { RoomId } from './vocabulary.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface TextLine {
  readonly style: 'title' | 'kind' | 'row' | 'note' | 'part';
  readonly text: string;
  /** The end of a row, the other card's name, if it is in this line. */
  readonly target?: { readonly text: string; readonly room: RoomId };
  /** Of the baseline, from the card's top. */
  readonly y: number;
}

export interface CardBox extends Size, Point {
  readonly card: Card;
  readonly lines: readonly TextLine[];
}

export interface RoomBox extends Size, Point {
  readonly room: Room;
  readonly cards: readonly CardBox[];
}

export interface Line {
  /** Where it leads. */
  readonly target: Card;
  readonly points: readonly Point[];
}

export interface Layout extends Size {
  readonly rooms: readonly RoomBox[];
  readonly lines: readonly Line[];
}

export interface LayoutOptions {
  /** Rooms of each column, from left to right; rooms without cards are left out. */
  readonly columns: readonly (readonly RoomId[])[];
  readonly cardWidth: number;
}

export const FONT = {
  title: { size: 15, bold: true },
  kind: { size: 12 },
  row: { size: 13 },
  note: { size: 12 },
  part: { size: 11.5 },
  room: { size: 16, bold: true },
  subtitle: { size: 12 },
} as const;

export const ROOM_PADDING = 14;
const ROOM_HEAD = 54;
export const CARD_PADDING = 12;
const CARD_GAP = 12;
const ROOM_GAP = 22;
const MARGIN = 16;
const LANE = 9;
const CHANNEL_PADDING = 14;
const LINE_HEIGHT = { title: 20, kind: 16, row: 20, note: 16, part: 15 } as const;
const SECTION_GAP = 7;
/** Where lines arrive, from the card's top: at the height of its title. */
const ENTRY_Y = 23;
/** From a row's baseline up to its middle. */
const ROW_CENTRE = 4;

type Columns = readonly (readonly RoomBox[])[];

/** A line before it has an x: from a row of one card to the entry of another. */
interface Route {
  readonly target: CardBox;
  readonly from: End;
  readonly to: End;
  /** Between which rooms it passes a column that is in the way. */
  readonly passage?: Gap;
}

interface End {
  readonly column: number;
  /** Channel n is left of column n; the last one is right of the last column. */
  readonly channel: number;
  readonly y: number;
}

/** The space above a room. */
interface Gap {
  readonly column: number;
  readonly room: RoomBox['room'];
}

export function layoutOf(rooms: readonly Room[], { columns: ids, cardWidth }: LayoutOptions): Layout {
  const columns = ids
    .map((column) => column.flatMap((id) => rooms.filter((room) => room.id === id)))
    .filter((column) => column.length > 0);
  // Once to see which lines pass between which rooms, then with space for them there.
  const first = routesOf(stacked(columns, cardWidth, new Map()));
  const passing = passingCards(first);
  const boxes = stacked(columns, cardWidth, passing);
  const routes = routesOf(boxes).map((route, index) => {
    const passage = first[index]?.passage;
    return passage ? { ...route, passage } : route;
  });
  return placed(boxes, routes, passing);
}

/** Columns of rooms with everything but their x. */
function stacked(
  columns: readonly (readonly Room[])[],
  cardWidth: number,
  passing: ReadonlyMap<Room, readonly Card[]>,
): RoomBox[][] {
  const gapAbove = (room: Room | undefined) => {
    const lanes = (room && passing.get(room)?.length) ?? 0;
    return lanes === 0 ? 0 : ROOM_GAP + (lanes - 1) * LANE;
  };
  // The columns begin at one height, whatever passes above one of them.
  const firstTop = MARGIN + Math.max(...columns.map(([first]) => gapAbove(first)));
  return columns.map((column) => {
    let y = firstTop;
    return column.map((room, index) => {
      if (index > 0) y += Math.max(ROOM_GAP, gapAbove(room));
      const top = y;
      y += ROOM_HEAD;
      const cards = room.cards.map((card) => {
        const box = cardBox(card, cardWidth, y);
        y += box.height + CARD_GAP;
        return box;
      });
      y += ROOM_PADDING - CARD_GAP;
      return { room, cards, x: 0, y: top, width: cardWidth + 2 * ROOM_PADDING, height: y - top };
    });
  });
}

function cardBox(card: Card, width: number, top: number): CardBox {
  const inner = width - 2 * CARD_PADDING;
  const lines: TextLine[] = [];
  let y = CARD_PADDING - 4;
  const add = (style: TextLine['style'], text: string, target?: TextLine['target']): void => {
    y += LINE_HEIGHT[style];
    lines.push({ style, text, y, ...(target && { target }) });
  };
  for (const text of wrapped(card.title, FONT.title, inner)) add('title', text);
  for (const text of wrapped(card.kind, FONT.kind, inner)) add('kind', text);
  if (card.relations.length > 0) y += SECTION_GAP;
  for (const { verb, drawn, to } of card.relations) {
    const [only] = to;
    if (drawn && only) {
      const target = { text: only.name, room: only.room };
      if (rowWidth(verb, target.text) <= inner) {
        add('row', verb, target);
      } else {
        add('row', verb);
        add('row', '', target);
      }
      continue;
    }
    const names = to.map(({ name }) => name).join(', ');
    for (const text of wrapped(`${verb} ${names}`, FONT.note, inner)) add('note', text);
  }
  if (card.parts.length > 0) y += SECTION_GAP;
  for (const text of card.parts.length === 0 ? [] : wrapped(card.parts.join(' · '), FONT.part, inner))
    add('part', text);
  return { card, lines, x: 0, y: top, width, height: y + CARD_PADDING - 2 };
}

function rowWidth(verb: string, target: string): number {
  return textWidth(`${verb} `, FONT.row) + textWidth(target, { ...FONT.row, bold: true });
}

/** Every relation that is drawn. */
function routesOf(columns: Columns): Route[] {
  const all = columns.flatMap((rooms, column) =>
    rooms.flatMap(({ cards }) => cards.map((box) => ({ box, column }))),
  );
  return all.flatMap(({ box, column }) => {
    const rows = box.lines.filter(({ target }) => target);
    const drawn = box.card.relations.filter((relation) => relation.drawn);
    return rows.flatMap((row, index): Route[] => {
      const other = all.find((one) => one.box.card === drawn[index]?.to[0]);
      if (!other) return [];
      const [leaving, arriving] = channelsBetween(column, other.column, columns.length);
      const from = { column, channel: leaving, y: box.y + row.y - ROW_CENTRE };
      const to = { column: other.column, channel: arriving, y: other.box.y + ENTRY_Y };
      const passage = leaving === arriving ? undefined : shortestPassage(columns, from, to);
      return [{ target: other.box, from, to, ...(passage && { passage }) }];
    });
  });
}

function channelsBetween(from: number, to: number, columns: number): [number, number] {
  if (from !== to) return to > from ? [from + 1, to] : [from, to + 1];
  const channel = from === 0 && columns > 1 ? 0 : from + 1;
  return [channel, channel];
}

function shortestPassage(columns: Columns, from: End, to: End): Gap | undefined {
  const column = Math.min(from.channel, to.channel);
  const ways = (columns[column] ?? []).map(({ room, y }) => ({
    column,
    room,
    length: Math.abs(from.y - y) + Math.abs(to.y - y),
  }));
  return ways.sort((a, b) => a.length - b.length)[0];
}

/** The cards whose lines pass above each room. */
function passingCards(routes: readonly Route[]): Map<Room, Card[]> {
  const passing = new Map<Room, Card[]>();
  for (const { passage, target } of routes) {
    if (!passage) continue;
    const cards = passing.get(passage.room) ?? [];
    if (!cards.includes(target.card)) cards.push(target.card);
    passing.set(passage.room, cards);
  }
  return passing;
}

/** The y of a line that passes above a room. */
function passageY(columns: Columns, { passage, target }: Route, passing: ReadonlyMap<Room, readonly Card[]>) {
  if (!passage) return undefined;
  const room = columns[passage.column]?.find((box) => box.room === passage.room);
  const lane = passing.get(passage.room)?.indexOf(target.card) ?? 0;
  return (room?.y ?? 0) - ROOM_GAP / 2 - lane * LANE;
}

/** What one card's lines take of a channel. */
interface Span {
  readonly card: Card;
  readonly top: number;
  readonly bottom: number;
}

/** The lane of each card in each channel: as few as keep lines to different cards apart. */
class Lanes {
  readonly #spans = new Map<number, Map<Card, Span>>();
  readonly #lanes = new Map<number, Map<Card, number>>();

  take(channel: number, card: Card, ...ys: readonly number[]): void {
    const spans = this.#spans.get(channel) ?? new Map<Card, Span>();
    const before = spans.get(card);
    const all = before ? [before.top, before.bottom, ...ys] : ys;
    spans.set(card, { card, top: Math.min(...all), bottom: Math.max(...all) });
    this.#spans.set(channel, spans);
  }

  /** Short spans come first, so that long ones run outside of them. */
  assign(): void {
    for (const [channel, spans] of this.#spans) {
      const lanes: Span[][] = [];
      const byLength = [...spans.values()].sort(
        (a, b) => a.bottom - a.top - (b.bottom - b.top) || a.top - b.top,
      );
      const lane = new Map<Card, number>();
      for (const span of byLength) {
        const isFree = (others: readonly Span[]) =>
          others.every(({ top, bottom }) => span.top > bottom + LANE || span.bottom < top - LANE);
        const found = lanes.findIndex(isFree);
        const index = found === -1 ? lanes.push([]) - 1 : found;
        lanes[index]?.push(span);
        lane.set(span.card, index);
      }
      this.#lanes.set(channel, lane);
    }
  }

  width(channel: number): number {
    const lanes = [...(this.#lanes.get(channel)?.values() ?? [])];
    return lanes.length === 0 ? 0 : 2 * CHANNEL_PADDING + Math.max(...lanes) * LANE;
  }

  /** From the channel's left; the outermost channel on the left counts from its right. */
  x(channel: number, card: Card): number {
    const offset = CHANNEL_PADDING + (this.#lanes.get(channel)?.get(card) ?? 0) * LANE;
    return channel === 0 ? this.width(channel) - offset : offset;
  }
}

function placed(
  columns: Columns,
  routes: readonly Route[],
  passing: ReadonlyMap<Room, readonly Card[]>,
): Layout {
  const lanes = new Lanes();
  const passages = routes.map((route) => passageY(columns, route, passing));
  for (const [index, { from, to, target }] of routes.entries()) {
    lanes.take(from.channel, target.card, from.y, passages[index] ?? to.y);
    lanes.take(to.channel, target.card, passages[index] ?? from.y, to.y);
  }
  lanes.assign();

  const columnWidth = columns[0]?.[0]?.width ?? 0;
  const channelX: number[] = [];
  const columnX: number[] = [];
  let x = MARGIN;
  for (let index = 0; index <= columns.length; index += 1) {
    channelX.push(x);
    const isInner = index > 0 && index < columns.length;
    x += Math.max(lanes.width(index), isInner ? ROOM_GAP : 0);
    if (index < columns.length) columnX.push(x);
    if (index < columns.length) x += columnWidth;
  }
  const sideX = ({ column, channel }: End) =>
    (columnX[column] ?? 0) + (channel > column ? columnWidth - ROOM_PADDING : ROOM_PADDING);
  const laneX = ({ channel }: End, card: Card) => (channelX[channel] ?? 0) + lanes.x(channel, card);

  const rooms = columns.flatMap((column, index) =>
    column.map((room) => ({
      ...room,
      x: columnX[index] ?? 0,
      cards: room.cards.map((card) => ({ ...card, x: (columnX[index] ?? 0) + ROOM_PADDING })),
    })),
  );
  const lines = routes.map(({ from, to, target }, index): Line => {
    const first = laneX(from, target.card);
    const last = laneX(to, target.card);
    const passage = passages[index];
    return {
      target: target.card,
      points: [
        { x: sideX(from), y: from.y },
        { x: first, y: from.y },
        ...(passage === undefined
          ? []
          : [
              { x: first, y: passage },
              { x: last, y: passage },
            ]),
        { x: last, y: to.y },
        { x: sideX(to), y: to.y },
      ],
    };
  });
  const bottom = Math.max(...rooms.map((room) => room.y + room.height));
  return { rooms, lines, width: x + MARGIN, height: bottom + MARGIN };
}
