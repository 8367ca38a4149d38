import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { local } from '../../../envs/local.ts';
import { withPorts } from '../../../envs/local-ports.ts';
import { prepareOtherTerminal } from '../../../local/session/other-terminal.ts';

const environment = {
  AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
  AWS_ACCESS_KEY_ID: 'EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'not-to-be-printed-0123456789',
  AWS_REGION: 'eu-central-1',
  NO_PROXY: '127.0.0.1',
};

const config = withPorts(local, { demoPort: 4500, edgePort: 4600, edgeHttpPort: 4680 });

describe('what another terminal is told', () => {
  let directory: string;
  let text: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "storytime isn't "));
    text = await prepareOtherTerminal({
      directory,
      config,
      keysDirectory: join(directory, 'keys'),
      environment,
      outdir: join(directory, 'cdktf.out'),
      edgeUrl: 'http://localhost:4600',
      bookId: '42',
    });
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('reaches the local AWS API, its state and the edge, in one line to paste into a shell that has other credentials', () => {
    const printed = execFileSync('sh', ['-c', `${text.split('\n')[1]}\nenv`], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, AWS_PROFILE: 'work', AWS_SESSION_TOKEN: 'of-another-account' },
    }).split('\n');

    expect(printed).toEqual(
      expect.arrayContaining([
        'AWS_ENDPOINT_URL=http://127.0.0.1:4566',
        'AWS_ACCESS_KEY_ID=EXAMPLE',
        'AWS_SECRET_ACCESS_KEY=not-to-be-printed-0123456789',
        'AWS_REGION=eu-central-1',
        'AWS_PROFILE=',
        'AWS_SESSION_TOKEN=',
        `CDKTF_OUTDIR=${directory}/cdktf.out`,
        'STORYTIME_EDGE_URL=http://localhost:4600',
      ]),
    );
  });

  it('makes every command there see the ports, origins and keys of this run', () => {
    const look =
      "import { environments, keysDirectory } from './envs/environments.ts'; console.log(JSON.stringify([environments.get('local'), keysDirectory('local'), keysDirectory('dev')]))";
    const node = [process.execPath, '--import', 'tsx', '--input-type=module', '--eval', look];
    const printed = execFileSync('sh', ['-c', `${text.split('\n')[1]}\nexec "$@"`, 'sh', ...node], {
      encoding: 'utf8',
    });
    const [seen, keys, keysOfDev] = JSON.parse(printed);

    expect(seen).toEqual(config);
    expect(keys).toBe(`${directory}/keys`);
    expect(keysOfDev).toMatch(/envs\/keys\/dev$/);
  });

  it('shows no secret, and keeps it in a file that this user alone may read', async () => {
    expect(text).not.toContain('not-to-be-printed');
    expect((await stat(join(directory, 'other-terminal.sh'))).mode & 0o777).toBe(0o600);
  });

  it('is a command for a request that is refused, without what npm says of itself', () => {
    for (const command of ['upload', 'titles'])
      expect(text).toContain(`npm run --silent ${command} -- local`);
    expect(text).toContain("npm run --silent doctor -- local 'http://localhost:4600/books/42/index.m3u8'");
  });
});
