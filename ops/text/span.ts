/** Lengths of time, as a person reads them. Pure. */

/** `3 d 4 h`, `2 h 5 min`, `40 s` */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = (
    [
      [86_400, 'd'],
      [3600, 'h'],
      [60, 'min'],
      [1, 's'],
    ] as const
  ).map(([size, unit], index, units) => {
    const whole = units[index - 1]?.[0] ?? Number.POSITIVE_INFINITY;
    return { count: Math.floor((seconds % whole) / size), unit };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ count, unit }) => `${count} ${unit}`)
    .join(' ');
}
