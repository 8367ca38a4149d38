/** The call that Bunny Stream makes when a video's state changes. */
import { createHmac } from 'node:crypto';
import type { BunnyWebhookStatus } from '@storytime/signer/bunny';

export interface WebhookEvent {
  readonly libraryId: number;
  readonly guid: string;
  readonly status: BunnyWebhookStatus;
}

/** A receiver that takes longer has failed; the documentation names no limit. */
const DEADLINE_MS = 10_000;

/**
 * Body and headers of the call: the signature is over the very bytes of the body, with the read-only key.
 *
 * @see https://docs.bunny.net/stream/webhooks
 */
export function webhookCall({ libraryId, guid, status }: WebhookEvent, readOnlyApiKey: string) {
  const body = JSON.stringify({ VideoLibraryId: libraryId, VideoGuid: guid, Status: status });
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-bunnystream-signature-version': 'v1',
      'x-bunnystream-signature-algorithm': 'hmac-sha256',
      'x-bunnystream-signature': createHmac('sha256', readOnlyApiKey).update(body).digest('hex'),
    },
  };
}

export interface WebhookOptions {
  readonly url: string;
  readonly readOnlyApiKey: string;
  /** Told in one line when a call was not taken. */
  readonly onWarning: (message: string) => void;
  /** Aborting drops what was not sent. */
  readonly signal: AbortSignal;
}

/** Sends events one after the other, in the order of the calls; each once, whatever comes back. */
export function createWebhook({ url, readOnlyApiKey, onWarning, signal }: WebhookOptions) {
  let last: Promise<void> = Promise.resolve();
  const send = async (event: WebhookEvent) => {
    if (signal.aborted) return;
    try {
      const answer = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
        ...webhookCall(event, readOnlyApiKey),
      });
      await answer.body?.cancel();
      if (!answer.ok) onWarning(`the webhook answered ${answer.status} to status ${event.status}`);
    } catch (cause) {
      if (signal.aborted) return;
      const reason =
        cause instanceof Error && cause.name === 'TimeoutError'
          ? `not within ${DEADLINE_MS / 1000} s`
          : 'not at all';
      onWarning(`the webhook answered ${reason} to status ${event.status}`);
    }
  };
  return (event: WebhookEvent): void => {
    last = last.then(() => send(event));
  };
}
