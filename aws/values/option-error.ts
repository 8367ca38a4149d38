/** Options or variables that a caller gave cannot be used: the message names them, with what was expected and what was given. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
  /** As the message names it: `lifecycle.archiveAfterDays`; null where the message is about no single one. */
  readonly option: string | null;

  constructor(message: string, { option, ...rest }: ErrorOptions & { readonly option?: string } = {}) {
    super(message, rest);
    this.option = option ?? null;
  }
}
