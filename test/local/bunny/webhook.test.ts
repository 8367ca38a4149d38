import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyBunnyWebhook } from '@storytime/signer/bunny';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebhook, webhookCall } from '../../../local/bunny/webhook.ts';
import { KEYS, VIDEO } from './fixture.ts';

const EVENT = { libraryId: 133, guid: VIDEO, status: 3 } as const;

describe('the call of a webhook', () => {
  it('has the documented body and headers, and the signature that openssl makes', () => {
    const { body, headers } = webhookCall(EVENT, 'read-only-key');
    expect(body).toBe(`{"VideoLibraryId":133,"VideoGuid":"${VIDEO}","Status":3}`);
    // printf '%s' '<body>' | openssl dgst -sha256 -hmac read-only-key
    expect(headers).toMatchObject({
      'x-bunnystream-signature-version': 'v1',
      'x-bunnystream-signature-algorithm': 'hmac-sha256',
      'x-bunnystream-signature': 'e8295c1728befa05c98a93a28b99c88e86e9db8ae2f270986baa821eecac3118',
    });
  });

  it('is what the signer verifies, with the read-only key alone', () => {
    const { body, headers } = webhookCall(EVENT, KEYS.readOnlyApiKey);
    const signature = headers['x-bunnystream-signature'];
    expect(verifyBunnyWebhook(body, signature, KEYS.readOnlyApiKey)).toBeTruthy();
    expect(webhookCall(EVENT, KEYS.apiKey).headers['x-bunnystream-signature']).not.toBe(signature);
  });
});

describe('webhooks', () => {
  let receiver: Server;
  let received: string[];
  let warnings: string[];
  let answerWith: number;
  let unanswered: number;
  let mostUnanswered: number;
  let closing: AbortController;

  beforeEach(async () => {
    [received, warnings, answerWith, closing] = [[], [], 200, new AbortController()];
    [unanswered, mostUnanswered] = [0, 0];
    receiver = createServer((request, response) => {
      mostUnanswered = Math.max(mostUnanswered, ++unanswered);
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push(body);
        // Time for the next one to come, if it does not wait for the answer.
        setTimeout(() => {
          unanswered--;
          response.writeHead(answerWith).end();
        }, 20);
      });
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    closing.abort();
    receiver.closeAllConnections();
    receiver.close();
  });

  const open = (url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`) =>
    createWebhook({
      url,
      readOnlyApiKey: KEYS.readOnlyApiKey,
      onWarning: (message) => warnings.push(message),
      signal: closing.signal,
    });

  it('come one after the other, in order', async () => {
    const send = open();
    const statuses = [6, 7, 0, 1, 2, 3] as const;
    for (const status of statuses) send({ ...EVENT, status });
    await expect.poll(() => received.length).toBe(statuses.length);
    expect(received.map((body) => JSON.parse(body).Status)).toEqual(statuses);
    expect(mostUnanswered).toBe(1);
    expect(warnings).toEqual([]);
  });

  it('that are not accepted are reported in a line without a key, and the next one is sent', async () => {
    answerWith = 500;
    const send = open();
    send(EVENT);
    send({ ...EVENT, status: 5 });
    await expect.poll(() => warnings.length).toBe(2);
    expect(warnings).toEqual([
      'the webhook answered 500 to status 3',
      'the webhook answered 500 to status 5',
    ]);
  });

  it('that nobody accepts are reported as well', async () => {
    open('http://127.0.0.1:1/')(EVENT);
    await expect.poll(() => warnings).toEqual(['the webhook answered not at all to status 3']);
  });
});
