/** A page of somebody else in the same browser, while `npm start` runs: it changes nothing and reads nothing. */

import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientConfig } from '../../local/session/client-config.ts';
import { callQueryApi } from '../local/aws-api/query-api.ts';
import { listeningPortOf } from '../support/listening-port.ts';
import { type Chromium, openChromium } from './demo-page.ts';
import { type LocalRun, localRun } from './local-run.ts';

const EVIL = 'evil.example';
const SECRET = 'storytime/foreign-page';

interface Attempt {
  readonly url: string;
  readonly method?: string;
  readonly mode?: 'cors' | 'no-cors' | 'same-origin';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What the page has of an answer: its text where it may read it. */
interface Got {
  readonly type: string;
  readonly text: string;
}

describe('a page of another site', () => {
  let run: LocalRun;
  let browser: Chromium;
  let page: Page;
  let site: Server;
  let moto = '';
  let bucket = '';
  const statuses: number[] = [];

  beforeAll(async () => {
    run = localRun();
    moto = `http://127.0.0.1:${await motoPort()}`;
    bucket = run.context.outputs.master_uploads_bucket_name;
    await new SecretsManagerClient(clientConfig(run.context.cloud)).send(
      new CreateSecretCommand({ Name: SECRET, SecretString: 'not-for-pages' }),
    );
    site = createServer((_, response) => response.end('<!doctype html><title>Cats</title>'));
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    browser = await openChromium([
      `--host-resolver-rules=MAP ${EVIL} 127.0.0.1`,
      // Newer Chromium keeps pages of the internet away from loopback by itself; other browsers do not.
      '--disable-features=LocalNetworkAccessChecks',
    ]);
    page = browser.page;
    page.on('response', (response) => statuses.push(response.status()));
  }, 300_000);

  afterAll(async () => {
    await browser?.close();
    site?.close();
  }, 60_000);

  describe('from its own address', () => {
    beforeAll(async () => {
      await page.goto(address());
    });

    it('makes no topic', async () => {
      const url = `${run.context.cloud.endpoint}/?X-Amz-Credential=x/20261129/eu-central-1/sns/aws4_request`;
      await refused({ url, method: 'POST', body: 'Action=CreateTopic&Name=evil' });
      await refused({ url: `${url}&Action=CreateTopic&Name=evil`, method: 'POST' });
      await refused({ url: `${moto}/?Action=CreateTopic&Name=evil` });
      await refused({
        url: `${moto}/`,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=CreateTopic&Name=evil&Version=2010-03-31',
      });

      const { status, xml } = await callQueryApi(run.context, 'sns', { Action: 'ListTopics' });
      expect(status).toBe(200);
      expect(xml).not.toContain('evil');
    });

    it.each(['ec2', 's3', 'constructor'])('deletes no object in the name of %s', async (service) => {
      const body = `<Delete><Object><Key>${run.context.masterKey}</Key></Object></Delete>`;
      const query = `?delete&X-Amz-Credential=x/20261129/eu-central-1/${service}/aws4_request`;
      for (const base of [run.context.cloud.endpoint, moto]) {
        await refused({ url: `${base}/${bucket}${query}`, method: 'POST', body });
        await refused({ url: `${base}/${bucket}?delete`, method: 'POST', body });
      }

      await expectMaster();
    });

    it.each(['/moto-api/reset', '/moto%2Dapi/reset', '/moto-api/', '/moto-api/data.json'])(
      "reaches nothing of moto's own: %s",
      async (path) => {
        for (const base of [run.context.cloud.endpoint, moto]) {
          await refused({ url: `${base}${path}`, method: 'POST' });
          await refused({ url: `${base}${path}` });
        }

        await expectMaster();
      },
    );

    // The browser itself hides the demo's answers from a fetch, so these are forms that lead there.
    it.each([
      ['post', '/api/break/rotation'],
      ['post', '/api/session'],
      ['post', '/api/uploads'],
      ['get', '/api/library'],
      ['get', '/api/events'],
    ])(
      'neither signs in nor rotates the key nor follows the requests of others: %s %s',
      async (method, path) => {
        await page.goto(address());
        const url = `${run.context.demoUrl}${path}`;
        const answered = page.waitForResponse((response) => new URL(response.url()).pathname === path);
        await page.evaluate(`(() => {
        const form = document.createElement('form');
        form.method = '${method}';
        form.action = '${url}';
        document.body.append(form);
        form.submit();
      })()`);
        await page.waitForURL((at) => at.pathname === path);

        expect((await answered).status()).toBe(403);
      },
    );
  });

  describe('whose name was made to lead here (DNS rebinding)', () => {
    const { stringify } = JSON;
    const signedFor = (service: string) =>
      `AWS4-HMAC-SHA256 Credential=LOCALCLOUDACCOUNT000/20261129/eu-central-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;

    /** The site's own page at the port of our own server: its requests go there and have one origin for the browser. */
    async function openAt(url: string): Promise<string> {
      const base = `http://${EVIL}:${new URL(url).port}`;
      await page.route(`${base}/`, (route) => route.fulfill({ contentType: 'text/html', body: '<p>Cats' }));
      await page.goto(`${base}/`);
      await page.unroute(`${base}/`);
      return base;
    }

    it('reads no secret', async () => {
      for (const url of [run.context.cloud.endpoint, moto]) {
        const base = await openAt(url);
        const got = await refused({
          url: `${base}/`,
          mode: 'same-origin',
          method: 'POST',
          headers: {
            authorization: signedFor('secretsmanager'),
            'content-type': 'application/x-amz-json-1.1',
            'x-amz-target': 'secretsmanager.GetSecretValue',
          },
          body: stringify({ SecretId: SECRET }),
        });
        expect(got.text).not.toContain('not-for-pages');
      }
      const { SecretString } = await new SecretsManagerClient(clientConfig(run.context.cloud)).send(
        new GetSecretValueCommand({ SecretId: SECRET }),
      );
      expect(SecretString).toBe('not-for-pages');
    });

    it('reads no object, deletes none and resets nothing', async () => {
      for (const url of [run.context.cloud.endpoint, moto]) {
        const base = await openAt(url);
        const headers = { authorization: signedFor('s3'), 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
        const object = `${base}/${bucket}/${run.context.masterKey}`;
        await refused({ url: object, mode: 'same-origin', headers });
        await refused({ url: object, mode: 'same-origin', method: 'DELETE', headers });
        await refused({ url: `${base}/moto-api/reset`, mode: 'same-origin', method: 'POST' });
      }

      await expectMaster();
    });

    it('gets neither the demo nor what the edge serves', async () => {
      const demo = await openAt(run.context.demoUrl);
      for (const path of ['/api/library', '/api/events']) {
        const { text } = await refused({ url: `${demo}${path}`, mode: 'same-origin' });
        expect(text).not.toContain(run.session.bookId);
      }
      await refused({ url: `${demo}/api/break/rotation`, mode: 'same-origin', method: 'POST' });
      const edge = await openAt(run.context.edgeUrl);
      await refused({ url: `${edge}/books/${run.session.bookId}/index.m3u8`, mode: 'same-origin' });
    });
  });

  function address(): string {
    return `http://${EVIL}:${(site.address() as AddressInfo).port}/`;
  }

  /** Tries it in the page, where our server must refuse it; what the page has of the answer. */
  async function refused({ url, mode = 'no-cors', ...init }: Attempt): Promise<Got> {
    statuses.length = 0;
    // A string, because it runs in the page: the tests are compiled without the browser's types.
    const got = await page.evaluate<Got>(`(async () => {
      const response = await fetch(${JSON.stringify(url)}, ${JSON.stringify({ mode, ...init })});
      return { type: response.type, text: await response.text() };
    })().catch(() => ({ type: 'error', text: '' }))`);
    expect([statuses, `${init.method ?? 'GET'} ${url}`]).toEqual([
      [expect.toSatisfy((status: number) => status >= 400)],
      expect.any(String),
    ]);
    if (mode === 'no-cors') expect(got.text).toBe('');
    return got;
  }

  async function expectMaster(): Promise<void> {
    const s3 = new S3Client(clientConfig(run.context.cloud));
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: run.context.masterKey }));
  }
});

/** Of the moto that this process has started. */
async function motoPort(): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args=']);
  const line = stdout
    .split('\n')
    .find((each) => each.includes('moto_server.py') && each.trim().split(/\s+/)[1] === String(process.pid));
  if (line === undefined) throw new Error('moto has not started');
  return listeningPortOf(Number.parseInt(line, 10));
}
