/** A backend that signs: the SDK as a customer has it, with a key cache of its own, behind loopback HTTP. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSigner, type Signer } from '@storytime/signer';
import { secretsManagerKey } from '@storytime/signer/secrets-manager';
import type { FromSigner, SignerStart } from './messages.ts';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
process.on('disconnect', () => process.exit());
process.once('message', ({ domain, secretId, aws, ...lives }: SignerStart) => {
  const key = secretsManagerKey({
    secretId,
    config: aws,
    maxAgeSeconds: lives.signerCacheSeconds,
    onRotate: ({ from, to }) =>
      say({ kind: 'rotated', at: Date.now(), from: from.keyPairId, to: to.keyPairId }),
  });
  const signer = createSigner({ domain, key, maxExpiresIn: lives.longestSignatureSeconds });
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://signer');
    const answer = await sign(signer, pathname, {
      resource: searchParams.get('resource') ?? '',
      expiresIn: Number(searchParams.get('expiresIn')),
    }).catch((error: unknown) => {
      response.statusCode = 500;
      return error instanceof Error ? error.message : String(error);
    });
    response.end(answer);
  });
  server.listen(0, '127.0.0.1', () =>
    say({ kind: 'listening', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }),
  );
});

/** A `Cookie` header or a query, as the viewer is to send it. */
async function sign(
  signer: Signer,
  how: string,
  { resource, expiresIn }: { readonly resource: string; readonly expiresIn: number },
): Promise<string> {
  switch (how) {
    case '/cookies': {
      const { cookies } = await signer.signCookies(resource, { expiresIn });
      return Object.entries(cookies)
        .map(([name, value]) => `${name}=${value}`)
        .join('; ');
    }
    case '/directory':
      return new URL((await signer.signUrl(resource, { expiresIn, scope: 'directory' })).url).search.slice(1);
    case '/file':
      return new URL((await signer.signUrl(resource, { expiresIn, policy: 'canned' })).url).search.slice(1);
    default:
      throw new Error(`no such thing to sign: ${how}`);
  }
}

function say(message: FromSigner): void {
  process.send?.(message);
}
