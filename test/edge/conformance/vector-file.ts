/** The conformance table's form: `test/vectors/edge/*.json`, parsed whole before a case runs. */
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const VECTORS = new URL('../../vectors/edge/', import.meta.url);

/** Labels of the keys that every run makes again; what is not trusted by a behaviour is a stranger there. */
const KEY_LABELS = ['rsa', 'ecdsa', 'rsa-other', 'ecdsa-other', 'rsa-1024', 'p384', 'ed25519'] as const;

const keyLabel = z.enum(KEY_LABELS);
const headers = z.record(z.string().regex(/^[a-z0-9-]+$/), z.string());

/** What is done to one of the five fields after signing. Fields go by their names in a signed URL. */
const change = z.strictObject({
  field: z.enum(['Expires', 'Policy', 'Signature', 'Key-Pair-Id', 'Hash-Algorithm']),
  set: z.string().optional(),
  remove: z.literal(true).optional(),
  append: z.string().optional(),
  /** Replaces the character at this place by another one of CloudFront's base64; negative: from the end. */
  changeAt: z.number().int().optional(),
  /** Keeps that many characters. */
  keep: z.number().int().optional(),
  /** Back to the base64 of RFC 4648, percent-encoded in a URL. */
  standardBase64: z.literal(true).optional(),
  /** Under another name, as it is written on the wire. */
  name: z.string().optional(),
});

/** What is signed: `policy` in parts, `policyText` byte for byte, or `canned`. Times are seconds from the case's clock. */
const signature = z.strictObject({
  via: z.enum(['url', 'cookies']),
  canned: z.strictObject({ resource: z.string().optional(), expires: z.number().int() }).optional(),
  policy: z
    .strictObject({
      resource: z.string(),
      lessThan: z.number().int(),
      greaterThan: z.number().int().optional(),
      ip: z.string().optional(),
    })
    .optional(),
  /** `{now+60}` and the like become epoch seconds. */
  policyText: z.string().optional(),
  key: keyLabel.default('rsa'),
  /** Whose id is sent; a label, or any text. @default the signing key's */
  keyPairId: z.string().optional(),
  hash: z.enum(['SHA1', 'SHA256', 'SHA384', 'SHA512', 'MD5']).default('SHA1'),
  /** What `Hash-Algorithm` says; null: the parameter is omitted. @default absent for SHA1, else the hash */
  hashSent: z.string().nullable().optional(),
  changes: z.array(change).default([]),
});

const request = z.strictObject({
  /** Path and query as sent. */
  target: z.string().startsWith('/'),
  /** So many further characters in the path, or in a header of their own. */
  padding: z
    .strictObject({ path: z.number().int().optional(), header: z.number().int().optional() })
    .default({}),
  method: z.string().default('GET'),
  protocol: z.enum(['https', 'http']).default('https'),
  host: z.string().optional(),
  headers: headers.default({}),
  /** @default - none; a case that has one is for sockets alone */
  body: z.string().optional(),
  ip: z.string().default('203.0.113.7'),
  country: z.string().optional(),
  /** Seconds after the fixed clock. */
  at: z.number().default(0),
  sign: z.array(signature).default([]),
});

const cache = z.strictObject({
  minTtlSeconds: z.number().optional(),
  defaultTtlSeconds: z.number().optional(),
  maxTtlSeconds: z.number().optional(),
  gzip: z.boolean().optional(),
  brotli: z.boolean().optional(),
  queryStrings: z
    .strictObject({ kind: z.enum(['none', 'all', 'whitelist', 'allExcept']), names: z.array(z.string()) })
    .optional(),
});

const behaviour = z.strictObject({
  pathPattern: z.string().default('*'),
  viewerProtocolPolicy: z.enum(['allow-all', 'redirect-to-https', 'https-only']).default('redirect-to-https'),
  allowedMethods: z.array(z.string()).default(['GET', 'HEAD']),
  /** Null: open to everybody. */
  keys: z.array(keyLabel).nullable().default(['rsa', 'ecdsa']),
  caching: cache.default({}),
  compress: z.boolean().default(false),
  originPath: z.string().default(''),
  responseHeaders: z
    .strictObject({
      cors: z
        .strictObject({
          allowOrigins: z.array(z.string()),
          allowCredentials: z.boolean(),
          exposeHeaders: z.array(z.string()).default([]),
        })
        .nullable()
        .default(null),
      headers: z
        .array(z.strictObject({ name: z.string(), value: z.string(), override: z.boolean() }))
        .default([]),
      removedHeaders: z.array(z.string()).default([]),
    })
    .nullable()
    .optional(),
});

const distribution = z.strictObject({
  enabled: z.boolean().default(true),
  aliases: z.array(z.string()).default(['media.storytime.example']),
  defaultRootObject: z.string().default(''),
  geo: z
    .strictObject({ type: z.enum(['none', 'whitelist', 'blacklist']), countries: z.array(z.string()) })
    .default({ type: 'none', countries: [] }),
  behaviours: z.array(behaviour).min(1),
  errorCachingSeconds: z.record(z.string().regex(/^[45]\d\d$/), z.number()).default({}),
});

/** An object in the bucket, or with `status` an answer that S3 gives instead. */
const object = z.strictObject({
  body: z.string(),
  /** How often the body comes, one behind the other. */
  repeat: z.number().int().default(1),
  contentType: z.string().default('application/octet-stream'),
  headers: headers.default({}),
  status: z.number().optional(),
  /** The connection ends instead of an answer. */
  reset: z.literal(true).optional(),
});

const expectation = z.strictObject({
  status: z.number(),
  /** CloudFront's code in a signature denial's XML; the message follows from it. */
  code: z
    .enum(['MissingKey', 'InvalidKey', 'MalformedPolicy', 'MalformedSignature', 'AccessDenied'])
    .optional(),
  /**
   * `signature-denial`: XML of CloudFront; `error-page`: its HTML; `redirect-page`; `object`: what is in the bucket, whole or in part;
   * `origin-error`: S3's XML passed on; `none`: no body.
   */
  body: z.enum(['signature-denial', 'error-page', 'redirect-page', 'object', 'origin-error', 'none']),
  /** The body, exactly; what is compressed, decompressed. */
  text: z.string().optional(),
  /** Words that an error page must have. */
  contains: z.string().optional(),
  /** Null: must not be there. */
  headers: z.record(z.string(), z.string().nullable()).default({}),
  /** How often S3 was asked in the whole case. */
  originRequests: z.number().optional(),
});

const testCase = z
  .strictObject({
    name: z.string().min(10),
    /** The page of AWS that says so. */
    page: z.url({ protocol: /^https$/, hostname: /^(docs\.aws\.amazon\.com|repost\.aws)$/ }),
    distribution: z.string().default('private'),
    /** For what the edge sees on a socket alone: sizes and bodies. */
    onSocketsOnly: z.literal(true).optional(),
    /** Sent before, in order; their answers are not looked at. */
    first: z.array(request).default([]),
    request,
    expect: expectation,
  })
  .check(({ value, issues }) => {
    const { body, code } = value.expect;
    if ((body === 'signature-denial') !== (code !== undefined)) {
      issues.push({ code: 'custom', input: value, message: 'a signature denial, and it alone, has a code' });
    }
  });

const vectorFile = z.strictObject({
  about: z.string(),
  distributions: z.record(z.string(), distribution).default({}),
  objects: z.record(z.string().startsWith('/'), object).default({}),
  cases: z.array(testCase).min(1),
});

export type VectorFile = z.output<typeof vectorFile>;
export type VectorCase = z.output<typeof testCase>;
export type VectorRequest = z.output<typeof request>;
export type VectorSignature = z.output<typeof signature>;
export type VectorDistribution = z.output<typeof distribution>;
export type VectorObject = z.output<typeof object>;
export type KeyLabel = z.output<typeof keyLabel>;

/** @throws Error that names the file and every violation */
export function readVectorFiles(): readonly { readonly file: string; readonly table: VectorFile }[] {
  const files = readdirSync(VECTORS).filter((name) => name.endsWith('.json'));
  return files.sort().map((file) => {
    const parsed = vectorFile.safeParse(JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8')));
    if (!parsed.success) throw new Error(`${file}:\n${z.prettifyError(parsed.error)}`);
    return { file, table: parsed.data };
  });
}

/** The distribution that cases are about unless they name another. */
export const PRIVATE = distribution.parse({ behaviours: [{}] });
