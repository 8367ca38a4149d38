/** A setting, or a value of one, that this transcoder cannot carry out. `message` names it by its path. */
export class UnsupportedSettingError extends Error {
  override readonly name = 'UnsupportedSettingError';
}
