/**
 * A certificate for this machine's own names, made in memory for one run: nothing to install, and nothing on disk that
 * somebody might come to trust. Node reads certificates and makes none, so the few DER structures are written here.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5280#section-4.1
 */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const VALID_DAYS = 7;
const DAY_MS = 86_400_000;

const OID_ECDSA_SHA256 = '2a8648ce3d040302';
const OID_COMMON_NAME = '550403';
const OID_ALT_NAMES = '551d11';

/** Key and certificate (PEM) for `localhost`, its subdomains, 127.0.0.1 and ::1, good for a week from `now`. */
export function selfSignedCertificate(now: Date): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(oid(OID_ECDSA_SHA256));
  const name = sequence(set(sequence(oid(OID_COMMON_NAME), der(0x0c, Buffer.from('Storytime local edge')))));
  const altNames = sequence(
    der(0x82, Buffer.from('localhost')),
    der(0x82, Buffer.from('*.localhost')),
    der(0x87, Buffer.from([127, 0, 0, 1])),
    der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
  );
  const certificate = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    // Positive, and never the same twice.
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(new Date(now.getTime() - DAY_MS)), time(new Date(now.getTime() + VALID_DAYS * DAY_MS))),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(oid(OID_ALT_NAMES), der(0x04, altNames)))),
  );
  const signature = sign('sha256', certificate, privateKey);
  const signed = sequence(certificate, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(signed) };
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** `GeneralizedTime` holds for any year; certificates before 2050 must have `UTCTime`. */
function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/[-:T]/g, '').slice(0, 14);
  const isBefore2050 = at.getUTCFullYear() < 2050;
  return der(isBefore2050 ? 0x17 : 0x18, Buffer.from(`${isBefore2050 ? digits.slice(2) : digits}Z`));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...items: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(items));
}

function set(...items: readonly Buffer[]): Buffer {
  return der(0x31, Buffer.concat(items));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const size = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
