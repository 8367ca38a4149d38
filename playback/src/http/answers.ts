/** What handlers answer when they refuse: `{ error, code }`, as the customer's routes do. */

/** A refusal as a value: its status, a code to switch on, a sentence for people. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly error: string;
  /** Further fields of the answer. */
  readonly fields?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export function refusal(
  status: number,
  code: string,
  error: string,
  more: Pick<Refusal, 'fields' | 'headers'> = {},
): Refusal {
  return { status, code, error, ...more };
}

export function refuse(
  { status, code, error, fields, headers }: Refusal,
  setCookie: readonly string[] = [],
): Response {
  return json({ error, code, ...fields }, { status, ...(headers && { headers }) }, setCookie);
}

export function json(body: object, init: ResponseInit, setCookie: readonly string[] = []): Response {
  const response = Response.json(body, init);
  for (const line of setCookie) response.headers.append('set-cookie', line);
  return response;
}
