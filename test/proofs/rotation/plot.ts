/** Allowed and denied requests of each key generation over time, as one SVG that reads on light and on dark pages. */

export interface PlottedGeneration {
  readonly generation: string;
  /** Seconds since the first request; the last span may be open. */
  readonly trusted: readonly Span[];
  readonly active: readonly Span[];
  /** By the second. */
  readonly answers: ReadonlyMap<number, { readonly allowed: number; readonly denied: number }>;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Plot {
  readonly title: string;
  readonly seconds: number;
  readonly generations: readonly PlottedGeneration[];
  readonly events: readonly { readonly second: number; readonly text: string }[];
}

const WIDTH = 960;
const LEFT = 96;
const RIGHT = 16;
const TOP = 96;
const ROW = 104;
const UP = 58;
const DOWN = 20;
const FOOT = 64;
const STEPS = [5, 10, 20, 30, 60, 120];

const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 } .title { font-size: 15px; font-weight: 600 }
.small { font-size: 11px; fill: #59636e } .axis { stroke: #8b949e; stroke-width: 1 } .grid { stroke: #d1d9e0; stroke-width: 1 }
.event { stroke: #59636e; stroke-width: 1; stroke-dasharray: 3 3 }
.trusted { fill: #ddf4ff } .active { fill: #0969da } .allowed { fill: #1a7f37 } .denied { fill: #cf222e } .page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc } .small { fill: #9198a1 } .axis { stroke: #656c76 } .grid { stroke: #2f353d } .event { stroke: #9198a1 }
.trusted { fill: #14283f } .active { fill: #58a6ff } .allowed { fill: #3fb950 } .denied { fill: #f85149 } .page { fill: #0d1117 }
}`;

export function drawPlot({ title, seconds, generations, events }: Plot): string {
  const height = TOP + generations.length * ROW + FOOT;
  const x = (second: number) => round(LEFT + (second / seconds) * (WIDTH - LEFT - RIGHT));
  const bottom = TOP + generations.length * ROW;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text class="title" x="16" y="28">${escaped(title)}</text>`,
    ...ticks(seconds).flatMap((second) => [
      `<line class="grid" x1="${x(second)}" y1="${TOP}" x2="${x(second)}" y2="${bottom}"/>`,
      `<text class="small" x="${x(second)}" y="${bottom + 16}" text-anchor="middle">${second} s</text>`,
    ]),
    ...generations.flatMap((generation, index) => drawRow(generation, TOP + index * ROW, x)),
    ...events.flatMap(({ second, text }, index) => [
      `<line class="event" x1="${x(second)}" y1="${TOP - 6}" x2="${x(second)}" y2="${bottom}"/>`,
      // Three heights, so that neighbours do not write over each other.
      `<text class="small" x="${x(second)}" y="${TOP - 12 - (index % 3) * 14}" text-anchor="${anchorAt(second / seconds)}">${escaped(text)}</text>`,
    ]),
    ...drawLegend(bottom + 44),
    '</svg>',
    '',
  ].join('\n');
}

/** Near an edge of the picture, text goes inward. */
function anchorAt(share: number): 'start' | 'middle' | 'end' {
  if (share < 0.1) return 'start';
  return share > 0.85 ? 'end' : 'middle';
}

function drawRow(
  { generation, trusted, active, answers }: PlottedGeneration,
  top: number,
  x: (second: number) => number,
): string[] {
  const zero = top + 8 + UP;
  // A few denials beside hundreds of allowed ones must be seen: each side has its own scale.
  const most = (side: 'allowed' | 'denied') =>
    Math.max(1, ...[...answers.values()].map((answer) => answer[side]));
  const bar = (side: 'allowed' | 'denied', second: number, count: number) => {
    if (count === 0) return [];
    const length = Math.max(1, (count / most(side)) * (side === 'allowed' ? UP : DOWN));
    const y = side === 'allowed' ? zero - length : zero;
    return [
      `<rect class="${side}" x="${x(second)}" y="${round(y)}" width="${round(x(second + 1) - x(second))}" height="${round(length)}"/>`,
    ];
  };
  const span = (className: string, { from, to }: Span, y: number, size: number) =>
    `<rect class="${className}" x="${x(from)}" y="${y}" width="${round(x(to) - x(from))}" height="${size}"/>`;
  const total = (side: 'allowed' | 'denied') =>
    [...answers.values()].reduce((sum, answer) => sum + answer[side], 0).toLocaleString('en');
  return [
    ...trusted.map((one) => span('trusted', one, top + 8, UP + DOWN)),
    ...active.map((one) => span('active', one, top + 2, 4)),
    ...[...answers].flatMap(([second, { allowed, denied }]) => [
      ...bar('allowed', second, allowed),
      ...bar('denied', second, denied),
    ]),
    `<line class="axis" x1="${x(0)}" y1="${zero}" x2="${WIDTH - RIGHT}" y2="${zero}"/>`,
    `<text x="16" y="${zero - 28}">${escaped(generation)}</text>`,
    `<text class="small" x="16" y="${zero - 10}">${total('allowed')} yes</text>`,
    `<text class="small" x="16" y="${zero + 14}">${total('denied')} no</text>`,
  ];
}

function drawLegend(y: number): string[] {
  const entries = [
    ['active', 'signs'],
    ['trusted', 'is trusted'],
    ['allowed', 'allowed, by the second'],
    ['denied', 'denied, by the second (own scale)'],
  ] as const;
  return entries.flatMap(([className, text], index) => {
    const x = LEFT + index * 190;
    return [
      `<rect class="${className}" x="${x}" y="${y - 10}" width="12" height="12"/>`,
      `<text class="small" x="${x + 18}" y="${y}">${text}</text>`,
    ];
  });
}

function ticks(seconds: number): number[] {
  const step = STEPS.find((one) => seconds / one <= 14) ?? 300;
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
