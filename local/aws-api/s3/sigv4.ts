/** The parts of Signature Version 4 that presigned requests are checked with. Pure. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { CredentialScope } from '../credential-scope.ts';
import { SECRET_ACCESS_KEY } from '../service-principals.ts';

/** Whether `signature` (hex) is that of `text` under the scope's derived key. */
export function isSignatureOf(signature: string, text: string, scope: CredentialScope): boolean {
  const expected = hmac(signingKey(scope), text);
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `yyyymmddThhmmssZ` as an instant; null when it is anything else. */
export function parseAmzDate(text: string): Date | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  const date = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

function signingKey(scope: CredentialScope): Buffer {
  return [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${SECRET_ACCESS_KEY}`),
  );
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
