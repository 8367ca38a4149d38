/** Whether something holds, where it cannot always be told. Pure. */

export type Truth = 'yes' | 'no' | 'unknown';

export function truthOf(holds: boolean): Truth {
  return holds ? 'yes' : 'no';
}

export function not(truth: Truth): Truth {
  if (truth === 'unknown') return 'unknown';
  return truth === 'yes' ? 'no' : 'yes';
}

export function anyOf(truths: readonly Truth[]): Truth {
  if (truths.includes('yes')) return 'yes';
  return truths.includes('unknown') ? 'unknown' : 'no';
}

export function allOf(truths: readonly Truth[]): Truth {
  return not(anyOf(truths.map(not)));
}
