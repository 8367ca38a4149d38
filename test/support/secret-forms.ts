/** A secret as it can be written: raw, hexadecimal in either case, base64 in either alphabet. */
function secretForms(secret: Uint8Array): Buffer[] {
  const raw = Buffer.from(secret);
  const texts = [
    raw.toString('hex'),
    raw.toString('hex').toUpperCase(),
    raw.toString('base64'),
    raw.toString('base64url'),
  ];
  return [raw, ...texts.map((text) => Buffer.from(text))];
}

/** @returns the names of the places that hold a secret in any form */
export function placesWith(secrets: readonly Uint8Array[], places: ReadonlyMap<string, Buffer>): string[] {
  const forms = secrets.flatMap(secretForms);
  return [...places].flatMap(([name, content]) =>
    forms.some((form) => content.includes(form)) ? [name] : [],
  );
}
