/** An option that a caller gave cannot be used: the message names it, with what was expected and what was given. */
export class OptionError extends TypeError {
  override readonly name = 'OptionError';
}
