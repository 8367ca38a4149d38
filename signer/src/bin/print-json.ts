/** JSON for programs, safe to show on a terminal. */

/** JSON.stringify leaves DEL, the C1 controls and what turns a line around alone, and a terminal obeys those. */
export function printJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  const shown = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === '\n' ? character : character.split('').map(escaped).join(''),
  );
  return `${shown}\n`;
}

/** By UTF-16 units, as JSON has it. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
