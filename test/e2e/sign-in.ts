import type { Page } from 'playwright-core';

/** As a backend's sign-in endpoint does it: the package's own `Set-Cookie` values, on the page's own origin. */
export async function signIn(page: Page, endpoint: string, setCookie: readonly string[]): Promise<void> {
  await page.route(endpoint, (route) =>
    route.fulfill({ status: 204, headers: { 'set-cookie': setCookie.join('\n') } }),
  );
  await page.evaluate(`fetch(${JSON.stringify(endpoint)}, { method: 'POST' }).then(() => {})`);
  await page.unroute(endpoint);
}
