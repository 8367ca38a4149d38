/** A signing key that everybody has. */

import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { KeySource } from '../keys/key-source.ts';
import { staticKey } from '../keys/static-key.ts';

/** PKCS #8 in base64. RSA, so that equal policies have equal signatures and a test may compare them. */
const PRIVATE_KEY =
  'MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQCVPzuo95rU6nvKilnw+onTwdxxnqrTpber4M+gOY0DBsuKOf8G' +
  'JSB/SVxV5AzzDqFEstMyqzu9a6H3v0+43kfzAKx9tTWj4PUfv7LMNugC4Zmnj9e83cggAoNrHGO9RcESakh/cPfNNW+ntKnokZCW' +
  'K9UmllPqinUAGAVdwNZC0pUwUBhJeOJb1yn1alGMtU67oFNOl5vootCE/8tYt9GrFKt5Jk3p0n7LKvd3UBJ85OIUSfa8ZSoVYbgp' +
  'xxSXUEIQijUMqgfgKuclSPUVz3aI9S18bKmsM7rFACBF7w/EzRoXwLKgSb5GSadXbxoN+uVHJv1GyWvAEzi181zpVmBFAgMBAAEC' +
  'ggEACyu6KInHGU2nUCZUpUO5yKBET23+8kV/ZTC3/N5urnEC3HwK/9sMJVeiPu/vtv37oyIEl2oxCzRnR9BjERha57AMUrWbNLXU' +
  'ExLGbFOY83JB9BFBQBEt9y6VxvdPUQdLp4Tnm6ZWERJOItrUAHGfK7/ovdeKcDRgN057XfErkfSGbKgKo3RbPggWTT1JVyjSUHSr' +
  'iAQE5eDwfgVNJcjFEZDVASuWitGuz9vObVr1iBjxTU2hggXczNpLy/dlUK74eaUCyy0IoXipL75ztSIBwo/JD0ySZOxl5ciVa+Y4' +
  'ZkemdsEwlHiAj54/Qo/qwzfMdD+DBMKkYsDlzdegX8hhFwKBgQDHGSHaa52izMdbFD4/H+qRTTaaa4QD7X10ffUsbCEOtr5GPKx0' +
  'P2p/u4/+6QmMP/NOAl3ID4ozc19hOTEKjp9Zc8FU3S3pgFd97Cp5gYljpIAWShJqpbqzhmsGlHjE8gTXU6i0O8tc7M0c9DYmAfT4' +
  'Jfc7Z7RGVHiSQaQkkOS1ewKBgQC/5scSEf4y9LkrGF4FyFPHG7SeWD9WWqty41xOzMzOHZ5WukwomwO5nJNqLrVuQ9QjkKJp0qLW' +
  'uARnWDY84dpn5ODmuwkK8xNyzf672vOofgOpwiFLFMB+evnS5S8SHYok0eu9x7RwzS7BPLa8kvQERH5q3+4bV8yozlKPLm31PwKB' +
  'gQC5v9nUpKhKFdE8SROV4xn9+9KgmQRugaiVAVq22h6xUo8Mili+j9e1WfEK+rGctqExO4XxO4ZNYCsxUqFNXyiN1TAfE8dc3Q9D' +
  'fQ1XlSHv465YnTy3YO1hxludpPFTlRQtLHDtzgd6J7dpdvH53cOFrC4Prz4Ci5Z9pV4Ve1TVdwKBgD2LK6jV8GozJfd2NyEvn/6p' +
  'GgH2V0nAhl+wHvh+oegwg4lY8ffLzyQF3Rkepb0ZL73AMvYxQVwPZAootixMWpkbRC17KmlCj6gv/FQO4jnVQCN/SOIlY56sndZO' +
  '/guXQaiRUkNo+qt6glYivJA5qNx9gvWPn3NRcydoE/4ra8RNAoGBAJb0Aei6sNibvFadUHaieG9rajqjVDwBMFHAaIBipARYWTJv' +
  'GrpISZ6ZpeJELFkgOT+PLocuxw9RpDT13dljKbhNNv3MZffNgIGEAt6X2ieRCgshe9fiotstkuUAG7h0xG4lZC/vnNIhfQ25VUUU' +
  'mdoc0fmWT6oWYvnF9MzJ3JQP';

/** No distribution knows a key by this id: CloudFront's ids have no hyphens. */
const KEY_PAIR_ID = 'TEST-KEY-THAT-CLOUDFRONT-DOES-NOT-TRUST';

/** A key source for tests, with what a judge needs to know of it. */
export interface TestKeySource extends Required<KeySource> {
  readonly keyPairId: string;
  /** PEM. */
  readonly publicKey: string;
}

/**
 * Always the same RSA key, for tests without Secrets Manager and without a key file. Its private key is in this package, so
 * never give its public key to CloudFront: everybody could sign for you.
 *
 * @example
 * const signer = createSigner({ key: testKey(), domain: 'media.example.com' });
 */
export function testKey(): TestKeySource {
  return TEST_KEY;
}

const privateKey = createPrivateKey({
  key: Buffer.from(PRIVATE_KEY, 'base64'),
  format: 'der',
  type: 'pkcs8',
});

const TEST_KEY: TestKeySource = Object.freeze({
  ...staticKey({ keyPairId: KEY_PAIR_ID, privateKey }),
  keyPairId: KEY_PAIR_ID,
  publicKey: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString(),
});
