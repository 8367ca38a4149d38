/** The comment with the plans: its way into a pull request of a GitHub that stands on loopback. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MARKER } from '../../.github/plan-comment/comment-body.ts';
import { root } from './workflow.ts';

const PLAN = `
Terraform will perform the following actions:

  # aws_s3_bucket.masters will be updated in-place

Plan: 1 to add, 2 to change, 0 to destroy.
`;

describe('post.ts', () => {
  interface Call {
    readonly method: string | undefined;
    readonly path: string | undefined;
    readonly authorization: string | undefined;
    readonly body: string;
  }
  let comments: { readonly id: number; body: string; readonly login: string }[] = [];
  let calls: Call[] = [];
  let folder = '';
  let server: Server;

  beforeEach(async () => {
    comments = [];
    calls = [];
    folder = mkdtempSync(join(tmpdir(), 'storytime-plans-'));
    mkdirSync(join(folder, 'plan-dev'));
    writeFileSync(join(folder, 'plan-dev', 'plan.txt'), PLAN);
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const { method, url: path, headers } = request;
      calls.push({ method, path, authorization: headers.authorization, body });
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer(method, path, body)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });

  it('makes one comment, edits it from then on, and shows its token to GitHub alone', async () => {
    const plans = { dev: 'success', prod: 'failure' };
    expect(await post(plans)).toBe('comment made\n');
    expect(await post(plans)).toBe('comment edited\n');
    expect(comments).toHaveLength(1);
    expect(comments[0]?.body).toContain('<b>dev</b>: Plan: 1 to add');
    expect(comments[0]?.body).toContain('**prod**: no plan');
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /repos/storytime/video-library/issues/7/comments?per_page=100&page=1',
      'POST /repos/storytime/video-library/issues/7/comments',
      'GET /repos/storytime/video-library/issues/7/comments?per_page=100&page=1',
      'PATCH /comments/0',
    ]);
    expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer test-token']));
  });

  it('finds its comment on the second page, and leaves a person’s that quotes the marker alone', async () => {
    comments = Array.from({ length: 120 }, (_, id) => ({ id, body: `${MARKER} quoted`, login: 'somebody' }));
    comments[110] = { id: 110, body: `${MARKER} of an earlier push`, login: 'github-actions[bot]' };
    expect(await post({ dev: 'success' })).toBe('comment edited\n');
    expect(calls.at(-1)).toMatchObject({ method: 'PATCH', path: '/comments/110' });
    expect(comments.filter(({ body }) => body.includes('Plan: 1 to add'))).toHaveLength(1);
  });

  it('says nothing of an environment that has no roles yet', async () => {
    await post({ dev: 'skipped', prod: 'failure' });
    expect(comments[0]?.body).toContain('**prod**: no plan');
    expect(comments[0]?.body).not.toContain('dev');
  });

  it('fails when GitHub refuses', async () => {
    comments = [{ id: 0, body: 'refuse', login: 'somebody' }];
    server.removeAllListeners('request');
    server.on('request', (_request, response) => response.writeHead(403).end('{}'));
    await expect(post({ dev: 'success' })).rejects.toThrow(/GET .*comments.*: GitHub answered 403/);
  });

  function answer(method = '', path = '', body = ''): unknown {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const shown = comments.map(({ id, login, ...rest }) => ({
      ...rest,
      url: `${origin}/comments/${id}`,
      user: { login },
    }));
    if (method === 'GET') {
      const page = Number(new URL(path, origin).searchParams.get('page'));
      return shown.slice((page - 1) * 100, page * 100);
    }
    const text = JSON.parse(body).body;
    const edited = comments.find(({ id }) => path === `/comments/${id}`);
    if (edited) edited.body = text;
    else comments.push({ id: comments.length, body: text, login: 'github-actions[bot]' });
    return {};
  }

  /** Each environment with the result of its job. */
  async function post(results: Readonly<Record<string, string>>): Promise<string> {
    const plans = Object.entries(results).map(([name, result]) => [name, { result, outputs: {} }]);
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const program = ['--import', 'tsx', '.github/plan-comment/post.ts', folder];
    const { stdout } = await promisify(execFile)(process.execPath, program, {
      cwd: root,
      env: {
        PATH: process.env.PATH,
        GITHUB_API_URL: origin,
        GITHUB_SERVER_URL: 'https://github.example',
        GITHUB_REPOSITORY: 'storytime/video-library',
        GITHUB_RUN_ID: '1',
        GITHUB_TOKEN: 'test-token',
        PULL_REQUEST: '7',
        PLANS: JSON.stringify(Object.fromEntries(plans)),
        COMMIT: '0123456789abcdef',
      },
    });
    return stdout;
  }
});
