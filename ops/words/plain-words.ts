/** Words that this project does not use, because readers stumble over them, and what to write instead. Pure. */

export interface WordRule {
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly write: string;
}

const WORD_RULES: readonly WordRule[] = [
  {
    pattern: /\b(?:re-?)?(?:mint|[Mm]int(?:s|ed|ing))\b(?!-)/,
    write: '"sign", or "active" for the key that signs',
  },
  { pattern: /\bundecided\b/i, write: '"inconclusive"' },
  { pattern: /\blaptops?\b/i, write: '"`local`" for the environment, else "this machine"' },
  { pattern: /\bwhoever\b/i, write: 'who is meant: "a user who …", "the person on call"' },
  { pattern: /\b(?:public|private) hal(?:f|ves)\b/i, write: '"public key", "private key"' },
  { pattern: /\b(?:run|runs|ran|running) out\b(?!-)/i, write: '"expire", or what is used up' },
  { pattern: /\b(?:leave|leaves|left|leaving) (?:it |them )?away\b/i, write: '"omit"' },
  { pattern: /\bof which\b/i, write: 'a second sentence' },
  { pattern: /\bstand(?:s|ing)? in\b/i, write: '"is in", "appears in"' },
  { pattern: /\bunseen by\b/i, write: '"not visible to"' },
  {
    pattern: /\b(?:is|are|was|were) of (?:an?|the|this|that|its|another|account|one)\b/i,
    write: '"belongs to"',
  },
  { pattern: /\bnobody notices\b|\bno viewer (?:who )?notices\b/i, write: '"viewers are unaffected"' },
  { pattern: /\bhalf way\b/i, write: '"halfway"' },
];

export interface Finding {
  /** From 1. */
  readonly line: number;
  readonly word: string;
  readonly write: string;
}

/** Each such word of a text, in the order of its lines; one that a line break divides is found too. */
export function plainWordFindings(text: string, rules: readonly WordRule[] = WORD_RULES): Finding[] {
  // As a reader sees it: comments and lists begin their lines with a mark.
  const starts: number[] = [];
  let joined = '';
  for (const line of text.split('\n')) {
    starts.push(joined.length);
    joined += `${line.replace(/^\s*(?:\*|\/\/|#|>|-)?\s*/, '')} `;
  }
  return rules
    .flatMap(({ pattern, write }) =>
      [...joined.matchAll(new RegExp(pattern, `${pattern.flags}g`))].map(({ 0: word, index }) => ({
        line: lineAt(starts, index),
        word,
        write,
      })),
    )
    .sort((one, other) => one.line - other.line);
}

/** The line of a position, by halving: a file of many lines may have many findings. */
function lineAt(starts: readonly number[], index: number): number {
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle;
    else high = middle;
  }
  return low + 1;
}
