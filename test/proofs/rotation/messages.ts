/** What the processes of the rotation proof say to each other. Types only. */

/** What a request proves its right with, exactly as it is sent. */
export interface Credential {
  readonly id: number;
  readonly via: 'cookies' | 'url';
  /** The raw `Cookie` header, or the raw query. Empty for a request that proves nothing. */
  readonly text: string;
  readonly made: MadeBy;
  /** When it was asked for and when it was there, in milliseconds since 1970. */
  readonly askedAt: number;
  readonly gotAt: number;
}

/**
 * Who made it. `signer`: the SDK, for a viewer who may watch. `returning`: the same, by a signer that nobody had asked
 * for longer than it keeps a key. `tampered`: one of the SDK's, with its end moved on.
 * `thief`: somebody else who has the private key, for longer than the SDK ever would.
 */
export type MadeBy = 'signer' | 'returning' | 'tampered' | 'thief' | 'nobody';

/** One request: credential's id, index of its path, sent, answered, status (0: no answer), code in the answer's XML. */
export type Sent = readonly [
  credential: number,
  path: number,
  sentAt: number,
  answeredAt: number,
  status: number,
  code: string,
];

export interface SignerStart {
  readonly domain: string;
  readonly secretId: string;
  readonly aws: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly signerCacheSeconds: number;
  readonly longestSignatureSeconds: number;
}

export type FromSigner =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'rotated'; readonly at: number; readonly from: string; readonly to: string };

interface EdgeStart {
  readonly distributionId: string;
  readonly environment: Readonly<Record<string, string>>;
}

export type ToEdge = { readonly kind: 'start'; readonly options: EdgeStart } | { readonly kind: 'refresh' };

export type FromEdge =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'refreshed' }
  | { readonly kind: 'warning'; readonly message: string };

export interface ViewersStart {
  readonly edgeUrl: string;
  readonly signers: readonly string[];
  /** Index of a path is its place here: every file of every book. */
  readonly paths: readonly string[];
  readonly books: readonly string[];
  readonly longestSignatureSeconds: number;
  /** Of all viewers together. */
  readonly requestsPerSecond: number;
}

export type ToViewers =
  | { readonly kind: 'start'; readonly options: ViewersStart }
  /** A signer has been started or has ended: those that there are from now on. */
  | { readonly kind: 'signers'; readonly urls: readonly string[] }
  /** What a thief shall use from now on, in place of nothing that it has. */
  | { readonly kind: 'stolen'; readonly via: Credential['via']; readonly book: string; readonly text: string }
  /** A signer that had been idle: somebody asks it, and watches a book with what it signs. */
  | { readonly kind: 'returning'; readonly url: string }
  | { readonly kind: 'stop' };

export type FromViewers =
  | { readonly kind: 'seen'; readonly credentials: readonly Credential[]; readonly sent: readonly Sent[] }
  /** A signer could not sign; the viewer asks another one then. */
  | { readonly kind: 'refused'; readonly at: number; readonly why: string }
  /** No signer gave it anything. */
  | { readonly kind: 'unsigned'; readonly at: number; readonly why: string }
  | { readonly kind: 'returned' }
  | { readonly kind: 'stopped' };
