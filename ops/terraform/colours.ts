/** Whether output may have colours. Pure. */

/**
 * Not where it is read by a program (a pipe, a file), where CI keeps it, or where the person said no.
 *
 * @see https://no-color.org
 */
export function hasColours(
  { isTTY }: { readonly isTTY?: boolean },
  { NO_COLOR, CI }: NodeJS.ProcessEnv,
): boolean {
  return isTTY === true && !NO_COLOR && (!CI || CI === 'false');
}
