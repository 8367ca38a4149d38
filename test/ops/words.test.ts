import { describe, expect, it } from 'vitest';
import { plainWordFindings } from '../../ops/words/plain-words.ts';

const found = (text: string) => plainWordFindings(text).map(({ line, word }) => `${line} ${word}`);

describe('words that readers stumble over', () => {
  it.each([
    ['the key that mints', '1 mints'],
    ['a re-minted URL', '1 re-minted'],
    ['the verdict is undecided', '1 undecided'],
    ['a laptop’s edge', '1 laptop'],
    ['Whoever signs', '1 Whoever'],
    ['its private half', '1 private half'],
    ['signatures run out', '1 run out'],
    ['leave it away', '1 leave it away'],
    ['keys, of which one signs', '1 of which'],
    ['it stands in no plan', '1 stands in'],
    ['credentials are of account 1', '1 are of account'],
    ['No viewer notices', '1 No viewer notices'],
    ['an apply that failed half way', '1 half way'],
  ])('are found: %s', (text, expected) => {
    expect(found(text)).toEqual([expected]);
  });

  it('are found where a line of a comment ends inside them, on the line where they begin', () => {
    expect(found('code();\n/**\n * The public\n * half of it, of\n * which nothing\n */')).toEqual([
      '3 public\u0020half',
      '4 of which',
    ]);
  });

  it.each([
    'a minute and a comment',
    'a running outage',
    'a one-way, halfway house',
    'the list of things',
    'it is of course signed',
    'the signer stands by',
    'updates that run out-of-band',
    'Linux Mint',
    'it was left far away',
  ])('are not seen in: %s', (text) => {
    expect(found(text)).toEqual([]);
  });
});
