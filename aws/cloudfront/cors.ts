/** Whose pages a response headers policy lets read an answer. Pure. */
import type { CorsPolicy } from './distribution.ts';

/**
 * Whether the policy names the page's origin. `*` is every origin; in a longer one, as in `https://*.example.com`, it
 * stands for one character and more, none of them a `/`.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html#understanding-response-headers-policies-cors
 */
export function isOriginAllowed(origin: string, { allowOrigins }: Pick<CorsPolicy, 'allowOrigins'>): boolean {
  return allowOrigins.some((allowed) => matchOrigin(allowed, origin));
}

function matchOrigin(allowed: string, origin: string): boolean {
  if (allowed === '*') return true;
  const [before = '', ...rest] = allowed.split('*');
  if (rest.length === 0) return allowed === origin;
  const after = rest.join('*');
  return (
    origin.length > before.length + after.length &&
    origin.startsWith(before) &&
    origin.endsWith(after) &&
    !origin.slice(before.length, origin.length - after.length).includes('/')
  );
}
