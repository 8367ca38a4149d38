/** Whether Terraform's registry can be reached from here, asked as Terraform asks it first. */

/** A firewall that drops packets answers nothing at all. */
const LONGEST_WAIT_MS = 5_000;

/**
 * True when the host answers service discovery with a registry of providers, directly or through `HTTPS_PROXY`
 * (`NO_PROXY` as well). A sign-in page, a proxy's refusal and a certificate that Node does not trust are no answers.
 *
 * Source: https://developer.hashicorp.com/terraform/internals/remote-service-discovery
 */
export async function registryAnswers(host: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  // Loaded only here: most commands run where a CLI configuration or a mirror has decided already.
  const { EnvHttpProxyAgent, request } = await import('undici');
  let dispatcher: InstanceType<typeof EnvHttpProxyAgent> | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    dispatcher = new EnvHttpProxyAgent({
      httpProxy: '',
      httpsProxy: asUrl(env.https_proxy || env.HTTPS_PROXY || ''),
      noProxy: env.no_proxy || env.NO_PROXY || '',
    });
    const asked = request(`https://${host}/.well-known/terraform.json`, { dispatcher }).then(
      async ({ statusCode, body }) => ({ statusCode, services: (await body.json()) as unknown }),
    );
    // A signal would not end a connection that is still being made, through a proxy that says nothing for example.
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, LONGEST_WAIT_MS, null);
    });
    const answer = await Promise.race([asked, late]);
    asked.catch(() => {});
    if (answer === null) return false;
    const { statusCode, services } = answer;
    return (
      statusCode === 200 && typeof services === 'object' && services !== null && 'providers.v1' in services
    );
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    // Not waited for: what has not answered may not end either.
    dispatcher?.destroy().catch(() => {});
  }
}

/** Terraform takes `proxy.example:3128` as well (Go's `http.ProxyFromEnvironment`). */
function asUrl(proxy: string): string {
  return proxy === '' || proxy.includes('://') ? proxy : `http://${proxy}`;
}
