/**
 * A certificate for this machine's own names, made in memory for one run: nothing to install, and nothing on disk that
 * somebody might come to trust.
 */
const VALID_DAYS = 7;
const DAY_MS = 86_400_000;
/** Types of alternative names, by RFC 5280 §4.2.1.6. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** Key and certificate (PEM) for `localhost`, its subdomains, 127.0.0.1 and ::1, good for a week from `now`. */
export async function selfSignedCertificate(
  now: Date,
): Promise<{ readonly key: string; readonly cert: string }> {
  // Loaded here, because only an edge with TLS needs it and it is large.
  const { generate } = await import('selfsigned');
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'Storytime local edge' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: new Date(now.getTime() + VALID_DAYS * DAY_MS),
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: DNS_NAME, value: 'localhost' },
          { type: DNS_NAME, value: '*.localhost' },
          { type: IP_ADDRESS, ip: '127.0.0.1' },
          { type: IP_ADDRESS, ip: '::1' },
        ],
      },
    ],
  });
  return { key, cert };
}
