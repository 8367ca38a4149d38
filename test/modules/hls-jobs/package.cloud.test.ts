/** The package as a customer gets it: packed, unpacked elsewhere, imported and run. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createJobInput } from '../../../modules/mediaconvert/hls-jobs/src/index.ts';
import { compileSnippets } from '../../support/compile-snippets.ts';
import { unpack } from '../../support/pack.ts';
import { packed } from '../../support/packed.ts';
import { smallest } from './fixtures.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const packageFolder = join(root, 'modules/mediaconvert/hls-jobs');
const manifest = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'));
const readme = readFileSync(join(packageFolder, 'README.md'), 'utf8');
const environment = {
  PATH: process.env.PATH,
  MASTER_UPLOADS_BUCKET: 'masters',
  HLS_OUTPUTS_BUCKET: smallest.outputsBucket,
  MEDIACONVERT_QUEUE_ARN: smallest.queueArn,
  MEDIACONVERT_ROLE_ARN: smallest.roleArn,
};

let folder = '';
let installed = '';

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', packageFolder]);
  folder = mkdtempSync(join(tmpdir(), 'hls-jobs-pack-'));
  // Nothing else is there, so that a hidden dependency is missed.
  const { tarball } = await packed('modules/mediaconvert/hls-jobs');
  installed = unpack(tarball, folder, '@storytime/hls-jobs');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the tarball that npm would publish', () => {
  it('has no dependency of its own', () => {
    expect(manifest.dependencies).toBeUndefined();
  });

  it.each([
    ['module', "import { createJobInput } from '@storytime/hls-jobs';"],
    ['commonjs', "const { createJobInput } = require('@storytime/hls-jobs');"],
  ])('is loaded in a %s without any other package, and makes the same input', (type, loads) => {
    const source = `${loads}\nconsole.log(JSON.stringify(createJobInput(${JSON.stringify(smallest)})));`;
    const out = execFileSync(process.execPath, [`--input-type=${type}`, '--eval', source], { cwd: folder });
    expect(JSON.parse(out.toString())).toEqual(createJobInput(smallest));
  });

  it('has a program that runs by itself', () => {
    const program = join(installed, manifest.bin['storytime-hls-job']);
    const args = ['--book-id', '42', '--master', 'uploads/42/master', '--source', '1280x720'];
    const out = execFileSync(program, [...args, '--ladder', '720:3000000'], {
      cwd: folder,
      env: environment,
    });
    expect(JSON.parse(out.toString())).toEqual(
      createJobInput({ ...smallest, ladder: [{ shortSidePixels: 720, maxBitrateBps: 3_000_000 }] }),
    );
    const { status, stderr } = spawnSync(program, [], { env: environment, encoding: 'utf8' });
    expect([status, stderr]).toEqual([2, expect.stringContaining('storytime-hls-job: --source is required')]);
  });
});

describe('the README', () => {
  it('type-checks, snippet by snippet, against the built package', () => {
    const { count, complaints } = compileSnippets('modules/mediaconvert/hls-jobs/README.md');
    expect([count, complaints]).toEqual([5, '']);
  }, 120_000);

  it('gives Rails a module that calls create_job with symbols, and strings where names are one’s own', () => {
    const [module = '', call = ''] = [...readme.matchAll(/```ruby\n([\s\S]*?)```/g)].map(([, code]) => code);
    const bin = join(folder, 'node_modules/.bin');
    mkdirSync(bin, { recursive: true });
    execFileSync('ln', ['-sf', join(installed, 'bin/storytime-hls-job.js'), join(bin, 'storytime-hls-job')]);
    // Each name with its class, since Hash#inspect looks different from one Ruby to the next.
    const client = `
      def paths(value, at = '')
        case value
        when Hash then value.flat_map { |name, child| paths(child, "#{at}/#{name.class} #{name}") }
        when Array then value.flat_map { |child| paths(child, at) }
        else ["#{at}=#{value}"]
        end
      end
      module Aws; module MediaConvert; class Client
        def create_job(**params) = puts(paths(params))
      end; end; end`;
    const { status, stdout, stderr } = spawnSync('ruby', ['-w', '-e', [client, module, call].join('\n')], {
      cwd: folder,
      env: { ...environment, HOME: folder, npm_config_offline: 'true' },
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^\/Symbol client_request_token=[0-9a-f]{64}$/m);
    for (const path of [
      '/Symbol user_metadata/String book_id=42',
      '/Symbol settings/Symbol inputs/Symbol audio_selectors/String Audio Selector 1/Symbol default_selection=DEFAULT',
      '/Symbol video_description/Symbol codec_settings/Symbol h264_settings/Symbol rate_control_mode=QVBR',
    ]) {
      expect(stdout).toContain(path);
    }
    expect(stdout.match(/String [a-z_]+(?:\/|=)/g)).toEqual(['String book_id=']);
  }, 60_000);
});
