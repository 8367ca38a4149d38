/** CloudFront's base64: RFC 2045 with the three characters that mean something in a URL replaced. */

const SUBSTITUTES: Readonly<Record<string, string>> = { '+': '-', '=': '_', '/': '~' };

/**
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-custom-policy.html
 */
export function encodeBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('base64')
    .replace(/[+=/]/g, (character) => SUBSTITUTES[character] as string);
}
