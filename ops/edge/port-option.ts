/** A port on a command line. Pure. */
import { optionError } from '../terraform/targets.ts';

/** @throws UsageError for what is no port */
export function portOption(option: string, text: string, { lowest }: { readonly lowest: 0 | 1 }): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= lowest && port <= 65_535) return port;
  throw optionError(option, `expected ${lowest} to 65535, got ${JSON.stringify(text)}`);
}
