/** A viewer's request through the edge: judgement, cache, origin, response headers. No sockets, no clock of its own. */

import { type Judgement, judge, type ViewerRequest } from '../aws/cloudfront/judge.ts';
import { errorPage, redirectToHttps, signatureDenial } from './error-pages.ts';
import { OriginError } from './origin.ts';
import type { EdgeResponse } from './response.ts';
import { type CacheResult, type ServeContext, serveObject } from './serve-object.ts';

export type EdgeContext = ServeContext;

export interface HandledRequest {
  readonly judgement: Judgement;
  readonly response: EdgeResponse;
  readonly cache: CacheResult;
}

/** Answers one request. Never throws for what a viewer sends or an origin does. */
export async function handleRequest(request: ViewerRequest, context: EdgeContext): Promise<HandledRequest> {
  const judgement = judge(request, context);
  if (judgement.outcome !== 'allowed') {
    const response = refuse(judgement, request, context.requestId);
    return { judgement, response, cache: judgement.outcome === 'redirect-to-https' ? 'Redirect' : 'Error' };
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const response = errorPage(501, `The local edge does not support ${request.method}.`, context.requestId);
    return { judgement, response, cache: 'Error' };
  }
  try {
    return { judgement, ...(await serveObject(request, judgement.behaviour, context)) };
  } catch (cause) {
    if (!(cause instanceof OriginError)) throw cause;
    return { judgement, response: originTrouble(cause, context.requestId), cache: 'Error' };
  }
}

function refuse(
  judgement: Exclude<Judgement, { outcome: 'allowed' }>,
  request: ViewerRequest,
  requestId: string,
): EdgeResponse {
  switch (judgement.outcome) {
    case 'denied':
      return signatureDenial(judgement.denied);
    case 'redirect-to-https': {
      const target = `${request.path}${request.query && `?${request.query}`}`;
      return redirectToHttps(request.method, `https://${request.host}${target}`);
    }
    case 'geo-blocked':
      return errorPage(
        403,
        'The Amazon CloudFront distribution is configured to block access from your country.',
        requestId,
      );
    case 'method-not-allowed':
      return errorPage(
        403,
        'This distribution is not configured to allow the HTTP request method that was used for this request. The distribution supports only cachable requests.',
        requestId,
      );
    case 'https-only':
    case 'unknown-host':
    case 'disabled':
      return errorPage(403, 'Bad request.', requestId);
  }
}

function originTrouble(error: OriginError, requestId: string): EdgeResponse {
  if (error.code === 'InvalidUri') return errorPage(400, 'Bad request.', requestId);
  if (error.code === 'Timeout') {
    return errorPage(
      504,
      'CloudFront attempted to establish a connection with the origin, but either the attempt failed or the origin closed the connection.',
      requestId,
    );
  }
  return errorPage(502, "CloudFront wasn't able to connect to the origin.", requestId);
}
