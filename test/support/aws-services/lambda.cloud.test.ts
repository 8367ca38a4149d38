import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { findPython } from '../../../local/aws-api/python.ts';
import { callJsonApi } from '../../local/aws-api/json-api.ts';
import { createRole } from '../../local/aws-api/query-api.ts';
import { ACCOUNT_ID, REGION, useLocalCloud } from '../../local/aws-api/start.ts';
import { signedFetch } from '../signed-request.ts';
import { AWS_SERVICES } from './index.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const events = (operation: string, input: object) => callJsonApi(cloud(), 'events', operation, input);
const functionArn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
const ruleArn = (name: string) => `arn:aws:events:${REGION}:${ACCOUNT_ID}:rule/${name}`;

/** What functions tell. */
let told: unknown[] = [];
let server: Server;
let role: string;
const folder = mkdtempSync(join(tmpdir(), 'storytime-lambda-test-'));

beforeAll(async () => {
  server = createServer(async (request, response) => {
    told.push(JSON.parse(await text(request)));
    response.end();
  }).listen(0, '127.0.0.1');
  role = await createRole(cloud(), 'function', 'lambda.amazonaws.com');
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  told = [];
});

const lambda = (method: string, path: string, input: object) =>
  signedFetch(cloud().cloud.environment, {
    service: 'lambda',
    method,
    path: `/2015-03-31/functions${path}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });

async function zipOf(code: string): Promise<string> {
  writeFileSync(join(folder, 'index.mjs'), code);
  execFileSync((await findPython()) ?? 'python3', ['-m', 'zipfile', '-c', 'code.zip', 'index.mjs'], {
    cwd: folder,
  });
  return readFileSync(join(folder, 'code.zip')).toString('base64');
}

/** A function, and a rule of its name with it as its target. */
async function createFunction(name: string, code: string, settings: object = {}): Promise<void> {
  const { port } = server.address() as AddressInfo;
  const created = await lambda('POST', '', {
    FunctionName: name,
    Role: role,
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Timeout: 30,
    Environment: { Variables: { TO: `http://127.0.0.1:${port}` } },
    Code: { ZipFile: await zipOf(code) },
    ...settings,
  });
  expect(created.status).toBe(201);
  await events('PutRule', { Name: name, EventPattern: JSON.stringify({ source: [name] }) });
  await events('PutTargets', { Rule: name, Targets: [{ Id: 'function', Arn: functionArn(name) }] });
}

const allow = (name: string, SourceArn: string) =>
  lambda('POST', `/${name}/policy`, {
    StatementId: 'AllowRule',
    Action: 'lambda:InvokeFunction',
    Principal: 'events.amazonaws.com',
    SourceArn,
  });
const emit = (Source: string, detail: object = {}) =>
  events('PutEvents', { Entries: [{ Source, DetailType: 'Told', Detail: JSON.stringify(detail) }] });

const TELL =
  'export const handler = (event) => fetch(process.env.TO, { method: "POST", body: JSON.stringify(event.detail) });';

it('runs the code of a function whose policy lets the rule call it', async () => {
  await createFunction('open', TELL);
  await allow('open', ruleArn('open'));
  await emit('open', { number: 1 });
  expect(told).toEqual([{ number: 1 }]);
});

it('runs the code that a function was updated to', async () => {
  await createFunction('updated', TELL);
  await allow('updated', ruleArn('updated'));
  await lambda('PUT', '/updated/code', { ZipFile: await zipOf(TELL.replace('event.detail', '"new"')) });
  await emit('updated');
  expect(told).toEqual(['new']);
});

it('gives a function its own variables and none of this process', async () => {
  const code = TELL.replace('event.detail', 'Object.keys(process.env).sort()');
  await createFunction('variables', code);
  await allow('variables', ruleArn('variables'));
  await emit('variables');
  expect(told).toEqual([['PATH', 'TO']]);
});

it.each([
  ['without a policy', async () => {}],
  ['whose policy lets another rule call it', (name: string) => allow(name, ruleArn('other'))],
])('does not run a function %s', async (title, open) => {
  const name = `shut-${title.length}`;
  await createFunction(name, TELL);
  await open(name);
  await emit(name);
  expect(told).toEqual([]);
  expect(cloud().log.at(-1)).toContain(`the policy of ${functionArn(name)} does not allow it`);
});

it.each<[string, string, object, string]>([
  [
    'fails',
    'export const handler = () => { throw new TypeError("no such title"); };',
    {},
    'it failed: TypeError: no such title',
  ],
  [
    'never ends',
    'export const handler = () => new Promise(() => setInterval(() => {}, 1000));',
    { Timeout: 1 },
    'timed out after 1 s',
  ],
  [
    'is written in another language',
    TELL,
    { Runtime: 'python3.12' },
    'functions with python3.12 are not run here',
  ],
])('says in the log that a function %s', async (title, code, settings, reason) => {
  const name = `fails-${title.length}`;
  await createFunction(name, code, settings);
  await allow(name, ruleArn(name));
  await emit(name);
  expect(cloud().log.at(-1)).toContain(`did not reach ${functionArn(name)}: ${reason}`);
});

it('answers 501 to a client that invokes a function', async () => {
  await createFunction('invoked', TELL);
  expect((await lambda('POST', '/invoked/invocations', {})).status).toBe(501);
});
