/** Options or variables that a caller gave cannot be used: the message names them, with what was expected and what was given. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
  /** As the caller in code knows them; a command has its own names for options. */
  readonly options: readonly string[];
  /** The one of them; null where the message is about several. */
  readonly option: string | null;
  /** What was expected, and what was given. */
  readonly why: string;

  constructor(options: string | readonly string[], why: string) {
    const names = typeof options === 'string' ? [options] : options;
    super(`${names.map((name) => `"${name}"`).join(' and ')}: ${why}`);
    this.options = names;
    this.option = names.length === 1 ? (names[0] ?? null) : null;
    this.why = why;
  }
}
