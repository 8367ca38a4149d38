/** Job settings as they arrive on the wire, made by the builder that the infrastructure uses. */
import { type HlsJobOptions, hlsJobSettings } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';

const DEFAULTS: HlsJobOptions = {
  input: 's3://masters/uploads/42.mp4',
  destination: 's3://hls/books/42/index',
  ladder: [
    { shortSidePixels: 360, maxBitrateBps: 800_000 },
    { shortSidePixels: 720, maxBitrateBps: 3_000_000 },
  ],
  segmentSeconds: 6,
};

/** A tree of settings that a test may change at will. */
// biome-ignore lint/suspicious/noExplicitAny: the tests spoil it in ways no type allows
export type WireSettings = any;

/** camelCase, as the SDK writes the builder's PascalCase on the wire. */
export function wireSettings(options: Partial<HlsJobOptions> = {}): WireSettings {
  return toWire(hlsJobSettings({ ...DEFAULTS, ...options }));
}

/** Names of selectors are data, not settings, and have spaces. */
function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.includes(' ') ? name : name.charAt(0).toLowerCase() + name.slice(1),
      toWire(inner),
    ]),
  );
}
