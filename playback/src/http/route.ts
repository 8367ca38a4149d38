/** What every handler does around its own work: methods, origins, the headers of its answers, and failures. */

import { assertFunction } from '../arguments.ts';
import { refusal, refuse } from './answers.ts';
import { addCorsHeaders, isFromOwnPage, preflight, readOrigins } from './cors.ts';

/** Where a failure happened; no part of the request. */
export interface FailureContext {
  readonly handler: 'playback' | 'key' | 'heartbeat' | 'devices' | 'report';
  /** Whether the request was answered all the same, because `whenStoreFails` is `'allow'`. */
  readonly isIgnored: boolean;
}

/** Called with what a dependency threw, and never waited for; the viewer sees a 500 without a cause. */
export type OnError = (error: unknown, context: FailureContext) => void;

export interface RouteOptions {
  /**
   * The origins of your pages, exactly as browsers send them: `https://app.example.com`. Pages of these may call the handler from
   * another origin and read its answers.
   * @default - pages of the handler's own origin alone
   */
  readonly origins?: readonly string[] | undefined;
  /** @default - failures are seen by nobody but the viewer, who gets a 500 */
  readonly onError?: OnError | undefined;
}

interface Route<Parameters extends unknown[]> extends RouteOptions {
  readonly handler: FailureContext['handler'];
  readonly methods: readonly ('GET' | 'POST' | 'DELETE')[];
  readonly answer: (request: Request, ...parameters: Parameters) => Promise<Response>;
}

const WRONG_METHOD = refusal(405, 'METHOD_NOT_ALLOWED', 'Method not allowed');
const WRONG_ORIGIN = refusal(403, 'ORIGIN_NOT_ALLOWED', 'Requests from this origin are not allowed');
const FAILED = refusal(500, 'INTERNAL_ERROR', 'Internal error');

export function route<Parameters extends unknown[]>({
  handler,
  methods,
  origins: given = [],
  onError,
  answer,
}: Route<Parameters>): (request: Request, ...parameters: Parameters) => Promise<Response> {
  const origins = readOrigins(given);
  if (onError !== undefined) assertFunction('onError', onError);
  const allowed = [
    ...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
    'OPTIONS',
  ];

  async function respond(request: Request, parameters: Parameters): Promise<Response> {
    if (request.method === 'OPTIONS') return preflight(allowed);
    if (!allowed.includes(request.method))
      return refuse({ ...WRONG_METHOD, headers: { allow: allowed.join(', ') } });
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (!isReading && !isFromOwnPage(request, origins)) return refuse(WRONG_ORIGIN);
    try {
      return await answer(request, ...parameters);
    } catch (error) {
      tell(onError, error, { handler, isIgnored: false });
      return refuse(FAILED);
    }
  }

  return async (request, ...parameters) => {
    const response = await respond(request, parameters);
    const { headers } = response;
    addCorsHeaders(headers, request, origins);
    headers.set('cache-control', 'no-store');
    headers.set('x-content-type-options', 'nosniff');
    return request.method === 'HEAD' ? new Response(null, { status: response.status, headers }) : response;
  };
}

/** A hook is somebody else's code: what it throws is dropped. */
export function tell(onError: OnError | undefined, error: unknown, context: FailureContext): void {
  try {
    Promise.resolve(onError?.(error, context) as unknown).catch(() => {});
  } catch {
    // As the docstring of OnError says.
  }
}
