/**
 * AWS Lambda behind an API Gateway HTTP API (payload format 2.0), routes `POST` and `DELETE
 * /api/books/{bookId}/playback`. The signer belongs outside the handler: a warm function keeps its key.
 *
 *   const key = secretsManagerKey({ secretId: 'storytime/prod/cloudfront_private_key' });
 *   const signer = createSigner({ key, domain: 'media.example.com', cookieDomain: 'example.com' });
 *   export const handler = createHandler({ signer, mediaHost: 'media.example.com', mayWatch });
 */

import type { Signer } from '@storytime/signer';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

interface Playback {
  readonly signer: Signer;
  readonly mediaHost: string;
  /** Your own rule: may the sender of this Authorization header watch this book? */
  readonly mayWatch: (authorization: string | undefined, bookId: string) => Promise<boolean>;
}

type Handler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

export function createHandler({ signer, mediaHost, mayWatch }: Playback): Handler {
  return async ({ requestContext, pathParameters, headers }) => {
    const bookId = pathParameters?.bookId ?? '';
    const folder = `/books/${encodeURIComponent(bookId)}`;
    if (requestContext.http.method === 'DELETE') {
      return { statusCode: 204, cookies: signer.clearCookies(`${folder}/*`) };
    }
    if (!(await mayWatch(headers.authorization, bookId))) {
      return { statusCode: 403, body: JSON.stringify({ error: 'not your book' }) };
    }
    const { setCookie, refreshAfter } = await signer.signCookies(`${folder}/*`, { expiresIn: '1h' });
    return {
      statusCode: 200,
      // Payload format 2.0 has a field of its own for cookies; a header could carry only one.
      cookies: setCookie,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ playlist: `https://${mediaHost}${folder}/index.m3u8`, refreshAfter }),
    };
  };
}
