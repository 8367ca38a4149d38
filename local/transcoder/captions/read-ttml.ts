/** TTML and its profile IMSC: the text of paragraphs and their times. Pure. */
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { type Cue, cueOf, escapeText } from './cue.ts';

/** As `preserveOrder` gives it: one name with the children, `:@` with the attributes, or `#text`. */
type XmlNode = Readonly<Record<string, unknown>>;
type Attributes = Readonly<Record<string, string>>;

const parser = new XMLParser({
  ...{ preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: '', removeNSPrefix: true },
  ...{ trimValues: false, parseTagValue: false, parseAttributeValue: false, htmlEntities: true },
});

interface Clock {
  readonly framesPerSecond: number;
  readonly ticksPerSecond: number;
}

interface Interval {
  readonly startMs: number;
  /** Infinite where nothing says it. */
  readonly endMs: number;
}

interface Scope {
  readonly clock: Clock;
  /** `xml:id` of each style with its attributes. */
  readonly styles: ReadonlyMap<string, Attributes>;
  readonly within: Interval;
  readonly keepsSpace: boolean;
}

/**
 * Placing and colours are left out; italic, bold and underlined text stay.
 *
 * @returns null for a text that is not TTML, or has a document type, which none needs and which could grow without end
 * @see https://www.w3.org/TR/ttml2/#timing
 */
export function readTtml(text: string): Cue[] | null {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) return null;
  const root = parse(text).find((node) => nameOf(node) === 'tt');
  if (root === undefined) return null;
  const attributes = attributesOf(root);
  const scope: Scope = {
    clock: clockOf(attributes),
    styles: new Map(stylesIn(root)),
    within: { startMs: 0, endMs: Number.POSITIVE_INFINITY },
    keepsSpace: attributes.space === 'preserve',
  };
  const body = childrenOf(root).filter((node) => nameOf(node) === 'body');
  return body.flatMap((node) => cuesOf(node, scope)).sort((a, b) => a.startMs - b.startMs);
}

/** Nothing where the parser refuses the text, such as for a hundred elements within each other. */
function parse(text: string): readonly XmlNode[] {
  try {
    return parser.parse(text) as readonly XmlNode[];
  } catch {
    return [];
  }
}

function cuesOf(node: XmlNode, outer: Scope): Cue[] {
  const scope = enter(node, outer);
  if (nameOf(node) === 'p') return paragraph(node, scope);
  return ['body', 'div'].includes(nameOf(node))
    ? childrenOf(node).flatMap((child) => cuesOf(child, scope))
    : [];
}

/** A span with times of its own is a cue of its own. */
function paragraph(node: XmlNode, scope: Scope): Cue[] {
  const timed: Cue[] = [];
  const text = contentOf(node, scope, timed);
  const { startMs, endMs } = scope.within;
  const lines = scope.keepsSpace ? text : text.replace(/[ \t]*\n[ \t]*/g, '\n').trim();
  const own = Number.isFinite(endMs) ? cueOf({ startMs, endMs, settings: '', text: lines }) : [];
  return [...own, ...timed];
}

function contentOf(node: XmlNode, scope: Scope, timed: Cue[]): string {
  const parts = childrenOf(node).map((child) => {
    const name = nameOf(child);
    if (name === '#text') return escapeText(spaced(String(child['#text']), scope));
    if (name === 'br') return '\n';
    if (name !== 'span') return '';
    const inner = enter(child, scope);
    if (!isTimed(child)) return contentOf(child, inner, timed);
    timed.push(...paragraph(child, inner));
    return '';
  });
  const text = parts.join('');
  return text.trim() === '' ? text : tagged(text, styleOf(attributesOf(node), scope));
}

function spaced(text: string, { keepsSpace }: Scope): string {
  return keepsSpace ? text.replaceAll('\r', '') : text.replace(/\s+/g, ' ');
}

function tagged(text: string, style: Attributes): string {
  const tags = [
    ...(/^(?:italic|oblique)$/.test(style.fontStyle ?? '') ? ['i'] : []),
    ...(style.fontWeight === 'bold' ? ['b'] : []),
    ...(/\bunderline\b/.test(style.textDecoration ?? '') ? ['u'] : []),
  ];
  return tags.reduce((whole, tag) => `<${tag}>${whole}</${tag}>`, text);
}

/** What the element says itself wins over the styles that it refers to. */
function styleOf(attributes: Attributes, { styles }: Scope): Attributes {
  const referred = (attributes.style ?? '').split(/\s+/).map((id) => styles.get(id) ?? {});
  return Object.assign({}, ...referred, attributes);
}

function* stylesIn(node: XmlNode): Generator<[string, Attributes]> {
  const attributes = attributesOf(node);
  if (nameOf(node) === 'style' && attributes.id !== undefined) yield [attributes.id, attributes];
  if (!['tt', 'head', 'styling'].includes(nameOf(node))) return;
  for (const child of childrenOf(node)) yield* stylesIn(child);
}

function enter(node: XmlNode, scope: Scope): Scope {
  const { space, ...attributes } = attributesOf(node);
  return {
    ...scope,
    ...(space !== undefined && { keepsSpace: space === 'preserve' }),
    within: intervalOf(attributes, scope),
  };
}

/** Times are counted from where the element around begins, and end with it. */
function intervalOf({ begin, end, dur }: Attributes, { within, clock }: Scope): Interval {
  const startMs = within.startMs + (timeOf(begin, clock) ?? 0);
  const ends = [
    within.endMs,
    within.startMs + (timeOf(end, clock) ?? Number.POSITIVE_INFINITY),
    startMs + (timeOf(dur, clock) ?? Number.POSITIVE_INFINITY),
  ];
  return { startMs, endMs: Math.min(...ends) };
}

function isTimed(node: XmlNode): boolean {
  const { begin, end, dur } = attributesOf(node);
  return [begin, end, dur].some((time) => time !== undefined);
}

/** Milliseconds: `00:00:01.5`, `00:00:01:12` with frames, `1.5s`, `1500ms`, `36f`, `15000000t`. */
function timeOf(text: string | undefined, { framesPerSecond, ticksPerSecond }: Clock): number | null {
  const clock = /^(\d{2,}):(\d\d):(\d\d)(?:(\.\d+)|:(\d{2,})(?:\.\d+)?)?$/.exec(text ?? '');
  if (clock) {
    const [, hours, minutes, seconds, fraction = '0', frames = '0'] = clock;
    const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
    return Math.round((whole + Number(fraction) + Number(frames) / framesPerSecond) * 1000);
  }
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)(h|m|s|ms|f|t)$/.exec(text ?? '') ?? [];
  const seconds = { h: 3600, m: 60, s: 1, ms: 0.001, f: 1 / framesPerSecond, t: 1 / ticksPerSecond }[unit];
  return seconds === undefined ? null : Math.round(Number(count) * seconds * 1000);
}

/** @see https://www.w3.org/TR/ttml2/#parameter-attribute-tickRate */
function clockOf(attributes: Attributes): Clock {
  const [times = 1, over = 1] = (attributes.frameRateMultiplier ?? '')
    .split(/\s+/)
    .map(Number)
    .filter(isRate);
  const stated = [attributes.frameRate].map(Number).filter(isRate)[0];
  const framesPerSecond = ((stated ?? 30) * times) / over;
  const [ticksPerSecond = stated === undefined ? 1 : framesPerSecond] = [attributes.tickRate]
    .map(Number)
    .filter(isRate);
  return { framesPerSecond, ticksPerSecond };
}

function isRate(rate: number): boolean {
  return Number.isFinite(rate) && rate > 0;
}

function nameOf(node: XmlNode): string {
  return Object.keys(node).find((name) => name !== ':@') ?? '';
}

function childrenOf(node: XmlNode): readonly XmlNode[] {
  const children = node[nameOf(node)];
  return Array.isArray(children) ? children : [];
}

function attributesOf(node: XmlNode): Attributes {
  return (node[':@'] ?? {}) as Attributes;
}
