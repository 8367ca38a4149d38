/** A request before it is put together; signing parameters and cookies as pairs. */
export interface Draft {
  method: string;
  protocol: 'https' | 'http';
  host: string;
  path: string;
  query: string;
  parameters: [name: string, value: string][];
  cookies: [name: string, value: string][];
  ip: string;
  country: string | undefined;
  nowSeconds: number;
}
