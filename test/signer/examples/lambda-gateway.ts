/** API Gateway's part between HTTP and a Lambda function: payload format 2.0 in and out. */

import type { RequestListener } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

const ROUTE = /^\/api\/books\/([^/]+)\/playback$/;

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export function createLambdaGateway(
  handler: (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>,
): RequestListener {
  return async (incoming, outgoing) => {
    const path = incoming.url ?? '/';
    const [, bookId] = ROUTE.exec(path) ?? [];
    if (bookId === undefined) {
      outgoing.writeHead(404).end('{"message":"Not Found"}');
      return;
    }
    const method = incoming.method ?? 'GET';
    const routeKey = `${method} /api/books/{bookId}/playback`;
    try {
      const result = await handler({
        version: '2.0',
        routeKey,
        rawPath: path,
        rawQueryString: '',
        headers: Object.fromEntries(
          Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        ),
        pathParameters: { bookId: decodeURIComponent(bookId) },
        requestContext: {
          accountId: '123456789012',
          apiId: 'api-id',
          domainName: 'api-id.execute-api.us-east-1.amazonaws.com',
          domainPrefix: 'api-id',
          http: { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'test' },
          requestId: 'request-id',
          routeKey,
          stage: '$default',
          time: '20/Nov/2026:12:00:00 +0000',
          timeEpoch: 1_795_176_000_000,
        },
        isBase64Encoded: false,
      });
      for (const [name, value] of Object.entries(result.headers ?? {}))
        outgoing.setHeader(name, String(value));
      outgoing.setHeader('set-cookie', result.cookies ?? []);
      outgoing.writeHead(result.statusCode ?? 200).end(result.body);
    } catch {
      // A function that throws is a 500 of the gateway's own.
      outgoing.writeHead(500).end('{"message":"Internal Server Error"}');
    }
  };
}
