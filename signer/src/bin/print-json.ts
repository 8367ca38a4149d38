/** JSON for programs, safe to show on a terminal. */

/** JSON.stringify leaves DEL and the C1 controls alone, and a terminal obeys some of those. */
export function printJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return `${text.replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}
