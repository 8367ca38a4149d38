/** The one error of a bad environment: everything that is wrong with it, and nothing that might be a secret. */

/** One thing that is wrong. */
export interface Violation {
  /** Where: `state.bucket`, `ladder[2].maxBitrateBps`, or a file. */
  readonly path: string;
  /** What is expected there, remedy included. */
  readonly wanted: string;
  /** What was found, as `describeSafely` puts it. */
  readonly got: string;
}

/** A configuration or key directory that cannot be used; lists every violation at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly violations: readonly Violation[];

  /** @param subject - what is wrong: the start of the message */
  constructor(subject: string, violations: readonly Violation[]) {
    const lines = violations.map(({ path, wanted, got }) => `  ${path}: expected ${wanted}, got ${got}`);
    const count = `${violations.length} violation${violations.length === 1 ? '' : 's'}`;
    super([`${subject}: ${count}`, ...lines].join('\n'));
    this.violations = violations;
  }
}

const LONGEST_ECHO = 128;
/** PEM armour, an access key id, a long unbroken run as in base64 and secret keys, credentials or a query in a URL. */
const LOOKS_SECRET = /-----|\b(?:AKIA|ASIA)[A-Z0-9]{12,}|[A-Za-z0-9+/=_]{32,}|\/\/[^/]*@|\?/;

/**
 * A value in words for an error message: short plain values as they are, labels and lengths for the rest.
 * A PEM is named by its labels (`a PEM "PRIVATE KEY"`).
 */
export function describeSafely(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value !== 'string') return `an ${typeof value}`;
  const labels = pemLabels(value);
  if (labels.length > 0) return labels.map((label) => `a PEM "${label}"`).join(' and ');
  if (value.length > LONGEST_ECHO || LOOKS_SECRET.test(value))
    return `a string of ${value.length} characters`;
  return JSON.stringify(value);
}

/**
 * As `describeSafely`, but a path of plain words is shown whatever its length: `storytime/dev/cloudfront_private_key`.
 *
 * Keys are written in Base64 or hex, which mix cases or digits into what is between two separators.
 */
export function describeName(value: string): string {
  return value.length <= LONGEST_ECHO && PATH_OF_WORDS.test(value)
    ? JSON.stringify(value)
    : describeSafely(value);
}

/** Lower-case words of at most 20 letters, each with at most 4 digits behind it, and a slash among their separators. */
const PATH_OF_WORDS = /^(?=[^/]+\/)[a-z]{1,20}\d{0,4}(?:[/_.@-][a-z]{1,20}\d{0,4})*$/;

/** The labels of every PEM block in a text, in order. */
export function pemLabels(text: string): string[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,40})-----/g)].map((match) => match[1] ?? '');
}
