/** The address that a command prints of a live title, and how long it opens the title. Pure. */

export interface SignedAddress {
  readonly url: string;
  readonly expiresAt: Date;
}

/** As events have it. */
export interface AddressFields {
  /** Signed, and plays; null where the caller may not read the signing key. */
  readonly url: string | null;
  readonly urlExpiresAt: string | null;
}

export function addressFields(address: SignedAddress | null): AddressFields {
  return { url: address?.url ?? null, urlExpiresAt: address?.expiresAt.toISOString() ?? null };
}

/** ` (until … at …)`, or nothing. */
export function addressText({ url, urlExpiresAt }: AddressFields): string {
  return url === null ? '' : ` (until ${urlExpiresAt} at ${url})`;
}
