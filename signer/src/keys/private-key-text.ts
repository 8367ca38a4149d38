/**
 * Finds a private key's PEM in what environment files, shells and secret stores make of it. What has one
 * meaning is repaired; anything else is named. Texts are never quoted in messages.
 */

import { SignerError } from '../errors.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([\s\S]*?)-----END \1-----/g;
const ENCRYPTED_LABEL = 'ENCRYPTED PRIVATE KEY';
const PRIVATE_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY', ENCRYPTED_LABEL];
/**
 * How OpenSSL's traditional format says that a key is encrypted; the white space may be that of one line.
 *
 * @see https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1.1
 */
const ENCRYPTION_HEADERS =
  /^\s*Proc-Type:\s*4,\s*ENCRYPTED\s+DEK-Info:\s*([A-Z0-9-]{1,40}),([0-9A-Fa-f]{1,64})\s+/;
/** The keys that CloudFront takes have fewer than 2,000; the search for blocks is not for texts of any length. */
const MAX_CHARACTERS = 16_384;
/** `-----BEGIN`, in base64. */
const BASE64_OF_BEGIN = 'LS0tLS1CRUdJTi';

export interface PrivateKeyText {
  /** One block with 64-column lines. */
  readonly pem: string;
  readonly isEncrypted: boolean;
}

/** @throws SignerError `ERR_KEY_ENCODING`, `ERR_KEY_TRUNCATED`, `ERR_KEY_KIND` */
export function normalisePrivateKey(text: string, where: string): PrivateKeyText {
  if (text.length > MAX_CHARACTERS) {
    throw new SignerError(
      'ERR_KEY_KIND',
      `${where} is longer than 16,384 characters, which no key that CloudFront takes is; pass one private key alone`,
    );
  }
  const unwrapped = unwrap(text);
  if (unwrapped === '') throw new SignerError('ERR_KEY_ENCODING', `${where} is empty`);
  const pem = unwrapped.includes('-----BEGIN') ? unwrapped : decodeBase64OfPem(unwrapped, where);

  const blocks = [...pem.matchAll(BLOCK)].map(([, label = '', body = '']) => ({ label, body }));
  const first = blocks[0];
  // `openssl ecparam -genkey` writes the curve's parameters before the key.
  const candidates = blocks.filter(({ label }) => label !== 'EC PARAMETERS');
  const [key, ...more] = candidates;
  const rest = pem.replace(BLOCK, '');
  if (first === undefined || (key === undefined && rest.includes('-----BEGIN'))) {
    throw new SignerError('ERR_KEY_TRUNCATED', `${where} ${whyNoBlock(rest)}`);
  }
  if (key === undefined || !PRIVATE_LABELS.includes(key.label)) {
    throw new SignerError(
      'ERR_KEY_KIND',
      `${where}: expected a PEM "PRIVATE KEY", got "${(key ?? first).label}"`,
    );
  }
  if (more.length > 0) {
    throw new SignerError('ERR_KEY_KIND', `${where}: expected one PEM block, got ${candidates.length}`);
  }
  const [headers, cipher, initialVector] = ENCRYPTION_HEADERS.exec(key.body) ?? [''];
  const body = key.body.slice(headers.length).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) {
    throw new SignerError('ERR_KEY_ENCODING', `${where}: the PEM holds characters that are not base64`);
  }
  const isTraditional = headers !== '';
  const written = isTraditional ? `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${cipher},${initialVector}\n\n` : '';
  return {
    pem: `-----BEGIN ${key.label}-----\n${written}${body.replace(/.{1,64}/g, '$&\n')}-----END ${key.label}-----\n`,
    isEncrypted: isTraditional || key.label === ENCRYPTED_LABEL,
  };
}

/** Labels alone are named, and only those of PEM: what stands between the lines may be a key. */
const ANY_BOUNDARY = /-[ \t]{0,9}(BEGIN|END)[ \t]{1,9}([A-Z0-9 ]{1,40}?)[ \t]{0,9}-/g;

/** What is wrong with a text that begins a PEM and holds no block. */
function whyNoBlock(pem: string): string {
  const [begin, end] = ['BEGIN', 'END'].map((wanted) =>
    [...pem.matchAll(ANY_BOUNDARY)].find(([, kind]) => kind === wanted),
  );
  if (end === undefined) {
    return 'starts a PEM and does not end it; a value over several lines must be quoted, or on one line';
  }
  if (begin !== undefined && begin[2] !== end[2]) {
    return `starts as "${begin[2]}" and ends as "${end[2]}"; both lines must name the same kind, so copy the key again`;
  }
  return 'has a misspelt BEGIN or END line: it needs five dashes on either side, without spaces; copy the key again';
}

/** Byte order mark, quotes around it, literal `\n`, other line ends. */
function unwrap(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .trim()
    .replace(/^(["'`])([\s\S]*)\1$/, '$2')
    .replaceAll('\\r', '')
    .replaceAll('\\n', '\n')
    .replaceAll('\r', '')
    .trim();
}

function decodeBase64OfPem(text: string, where: string): string {
  // A stray "-" or quote in front is a slip of the pen; a base64 text cannot start with either.
  const compact = text
    .replace(/\s+/g, '')
    .replace(/^[-"'`]+/, '')
    .replace(/["'`]+$/, '');
  if (/-[ \t]{0,9}BEGIN[ \t]{1,9}[A-Z0-9 ]{1,40}-/.test(text)) {
    throw new SignerError('ERR_KEY_TRUNCATED', `${where} ${whyNoBlock(text)}`);
  }
  if (!compact.startsWith(BASE64_OF_BEGIN)) {
    throw new SignerError(
      'ERR_KEY_ENCODING',
      `${where}: expected a PEM or the base64 of one (base64 -w 0 key.pem), got neither; if it is a path, pass what the file holds`,
    );
  }
  const foreign = /[^A-Za-z0-9+/=]/.exec(compact);
  if (foreign) {
    const runTogether = /[A-Z][A-Z0-9_]{2,60}=/.exec(compact.slice(foreign.index)) !== null;
    throw new SignerError(
      'ERR_KEY_ENCODING',
      runTogether || foreign[0] === '_'
        ? `${where}: another variable is attached to the end of the value; add the missing line break`
        : `${where}: character ${foreign.index + 1} of the base64 is not base64`,
    );
  }
  return Buffer.from(compact, 'base64').toString('latin1');
}
