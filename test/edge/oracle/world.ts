/** What oracle and edge are both told: a distribution and a request, in plain values. Types only. */

export interface World {
  readonly domainName: string;
  readonly aliases: readonly string[];
  readonly geo: { readonly type: 'none' | 'whitelist' | 'blacklist'; readonly countries: readonly string[] };
  /** In their order; the last one has the pattern `*`. */
  readonly behaviours: readonly WorldBehaviour[];
}

export interface WorldBehaviour {
  readonly pathPattern: string;
  readonly viewerProtocolPolicy: 'allow-all' | 'redirect-to-https' | 'https-only';
  readonly allowedMethods: readonly string[];
  /** Ids of the trusted keys; null: open to everybody. */
  readonly keyPairIds: readonly string[] | null;
}

export interface WorldRequest {
  readonly method: string;
  readonly protocol: 'https' | 'http';
  readonly host: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly cookie?: string;
  readonly ip: string;
  readonly country?: string;
  readonly nowSeconds: number;
}

/** One signature to check: which key, over what, how. */
export interface SignatureCheck {
  readonly keyPairId: string;
  readonly hash: 'SHA1' | 'SHA256';
  readonly signedText: Buffer;
  readonly signature: Buffer;
}

/** Public keys by their id, PEM. */
export type PublicKeys = ReadonlyMap<string, string>;
