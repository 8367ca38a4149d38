/** How wide text is in Helvetica, Arial and Liberation Sans, which share their widths. */

/** Thousandths of the font size; what is not here counts as a wide letter. */
const WIDTHS: readonly (readonly [string, number])[] = [
  ["ijl'", 222],
  ['I fft.,:;/|[]!', 278],
  ['()r-', 333],
  ['cksvxyzJ"*', 500],
  ['abdeghnopqu0123456789_$LTFZ?', 600],
  ['ABEKPSVXY&+<=>', 667],
  ['CDHNRUw', 722],
  ['GOQ→–', 778],
  ['mM', 833],
  ['W—…', 1000],
];
const UNKNOWN_WIDTH = 700;
const BOLD_FACTOR = 1.07;

const WIDTH_OF = new Map(
  [...WIDTHS].reverse().flatMap(([letters, width]) => [...letters].map((letter) => [letter, width])),
);

export interface Font {
  readonly size: number;
  readonly bold?: boolean;
}

export function textWidth(text: string, { size, bold }: Font): number {
  const thousandths = [...text].reduce((sum, letter) => sum + (WIDTH_OF.get(letter) ?? UNKNOWN_WIDTH), 0);
  return (thousandths / 1000) * size * (bold ? BOLD_FACTOR : 1);
}

/** Lines no wider than `width`, broken at spaces, and at underscores where a word alone is too wide. */
export function wrapped(text: string, font: Font, width: number): string[] {
  const fits = (line: string) => textWidth(line, font) <= width;
  const lines: string[] = [];
  const add = (piece: string, separator: string): void => {
    const last = lines.at(-1);
    const longer = last === undefined ? piece : last + separator + piece;
    if (last !== undefined && fits(longer)) lines[lines.length - 1] = longer;
    else lines.push(piece);
  };
  for (const word of text.split(' ')) {
    const pieces = fits(word) ? [word] : word.split(/(?<=_)/);
    pieces.forEach((piece, index) => {
      add(piece, index === 0 ? ' ' : '');
    });
  }
  return lines;
}
