/** CloudFront's base64, written out once for the tests: nothing of `@storytime/signer` judges itself. */
export function wireBase64(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('=', '_').replaceAll('/', '~');
}
