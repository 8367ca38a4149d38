/** A resource that its author wants signed unchanged. */

import { assertString } from '../arguments.ts';

/**
 * What `verbatim` gives. Its text is in a private field: no JSON, no request's body and no copy of the object is one, so
 * what comes from outside can be a `string` and never a `Verbatim`.
 */
export class Verbatim {
  readonly #resource: string;

  constructor(resource: unknown) {
    assertString('resource', resource);
    this.#resource = resource;
    Object.freeze(this);
  }

  /** The text, as a URL's part; what comes from outside stays a string, and so stays checked. */
  toString(): string {
    return this.#resource;
  }

  toJSON(): string {
    return this.#resource;
  }

  /** @returns the text of what `verbatim` gave; `undefined` for everything else */
  static read(value: unknown): string | undefined {
    return typeof value === 'object' && value !== null && #resource in value ? value.#resource : undefined;
  }
}

/**
 * A resource with what a string may not hold: a `*` or `?` anywhere, which AWS allows (`/out/lecture1*`, or one in the
 * middle of a path), `//` in a path, an encoded `?`, `*`, `/` or `\` in a name, a query string without `=`. It is signed
 * character by character, unchanged, and gives access to everything that CloudFront's wildcards match, across `/` too.
 *
 * **Never for a text that holds an id, a title or anything else from outside**: with an id of `*` or `4?` it opens what
 * belongs to somebody else. Still refused are another host, control characters, a `#`, more than 8,192 bytes, the names
 * that CloudFront reserves in a query string, whatever `new URL` would change (clients send that instead), and, without
 * `allowWholeHost`, a wildcard in the first segment.
 *
 * @throws SignerTypeError `ERR_ARGUMENT_TYPE`; what is refused is refused by the call that it is passed to
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html#private-content-custom-policy-statement-values
 * @example
 * const { setCookie } = await signer.signCookies(verbatim('/out/lecture1*'));
 */
export function verbatim(resource: string): Verbatim {
  return new Verbatim(resource);
}
