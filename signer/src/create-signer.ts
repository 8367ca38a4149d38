/** The signer: options in, URLs and cookies out. */

import { readOptions } from './arguments.ts';
import type { Verbatim } from './policy/verbatim.ts';
import { askCookies, clearedCookies, toSignedCookies } from './sign-cookies.ts';
import { plan, readConditions, seal, sealSync } from './sign-resource.ts';
import { askUrl, toSignedUrl, URL_OPTIONS } from './sign-url.ts';
import { LIST_OPTIONS, signList } from './sign-urls.ts';
import { parseSettings } from './signer-settings.ts';
import type {
  ClearCookiesOptions,
  EnvSignerOptions,
  SignCookiesOptions,
  SignedCookies,
  SignedUrl,
  Signer,
  SignerOptions,
  SignUrlOptions,
  SignUrlsOptions,
} from './signer-types.ts';

/** Without a prototype, as `readOptions` gives them. */
const NO_OPTIONS: Readonly<Record<string, never>> = Object.freeze(Object.create(null));

/**
 * A signer for one distribution. Options are checked here; the key is fetched at the first signature.
 *
 * @throws SignerError `ERR_DOMAIN_INVALID`, `ERR_COOKIE_DOMAIN`, `ERR_EXPIRY_INVALID`, `ERR_EXPIRY_OVER_CAP`;
 * SignerTypeError `ERR_ARGUMENT_TYPE`, `ERR_ARGUMENT_UNKNOWN`
 * @example
 * const signer = createSigner({ key: envKey(), domain: 'media.example.com' });
 * const { url, expiresIn } = await signer.signUrl('/books/42/index.m3u8');
 */
export function createSigner(options: SignerOptions | EnvSignerOptions): Signer {
  const settings = parseSettings(options);

  return Object.freeze({
    async signUrl(input: string | Verbatim, options?: SignUrlOptions): Promise<SignedUrl> {
      const signOptions = options === undefined ? NO_OPTIONS : readOptions('signUrl', options, URL_OPTIONS);
      const asked = askUrl(input, signOptions, settings);
      const planned = plan(asked.opened, readConditions(signOptions, settings));
      const sealed = seal(planned, await settings.key.get(), settings);
      // No turn of the event loop for a signature that is there: hot titles live on this path.
      return toSignedUrl(asked, planned, sealed instanceof Promise ? await sealed : sealed);
    },

    signUrlSync(input: string | Verbatim, options?: SignUrlOptions): SignedUrl {
      const signOptions =
        options === undefined ? NO_OPTIONS : readOptions('signUrlSync', options, URL_OPTIONS);
      const asked = askUrl(input, signOptions, settings);
      const planned = plan(asked.opened, readConditions(signOptions, settings));
      return toSignedUrl(asked, planned, sealSync(planned, settings));
    },

    async signUrls(inputs: readonly (string | Verbatim)[], options: SignUrlsOptions = NO_OPTIONS) {
      // Where `onRefused` is not 'null' there is no null: the overloads say so.
      return (await signList(
        inputs,
        readOptions('signUrls', options, LIST_OPTIONS),
        settings,
      )) as SignedUrl[];
    },

    async signCookies(
      input: string | Verbatim,
      options: SignCookiesOptions = NO_OPTIONS,
    ): Promise<SignedCookies> {
      const asked = askCookies(input, options, settings);
      return toSignedCookies(asked, await seal(asked.planned, await settings.key.get(), settings));
    },

    signCookiesSync(input: string | Verbatim, options: SignCookiesOptions = NO_OPTIONS): SignedCookies {
      const asked = askCookies(input, options, settings);
      return toSignedCookies(asked, sealSync(asked.planned, settings));
    },

    clearCookies(input: string | Verbatim, options: ClearCookiesOptions = NO_OPTIONS): string[] {
      return clearedCookies(input, options, settings);
    },
  });
}
