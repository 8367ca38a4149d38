/**
 * The signer of the AWS SDK for JavaScript v2, whose support ended in 2025. As a dependency the package would add 98 MB and a
 * warning to every `npm ci`, so the test fetches its tarball (12 MB) once, and keeps two of its files.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

export const AWS_SDK_VERSION = '2.1693.0';
const INTEGRITY =
  'sha512-cJmb8xEnVLT+R6fBS5sn/EFJiX7tUnDaPtOPZ1vFbOJtd0fnZn/Ky2XGgsvvoeliWeH7mL3TWSX5zXXGSQV6gQ==';
/** The signer, and the base64 and inheritance that it uses. */
const FILES = ['lib/cloudfront/signer.js', 'lib/util.js'];
/** In the place of the SDK's own modules, which load all of it: what its loader for Node gives these two files. */
const AROUND: Readonly<Record<string, string>> = {
  'lib/core.js': `
    const util = require('./util');
    util.Buffer = require('buffer').Buffer;
    util.crypto.lib = require('crypto');
    util.url = require('url');
    module.exports = { util, CloudFront: {} };`,
  'clients/cloudfront.js': `
    require('../lib/cloudfront/signer');
    module.exports = require('../lib/core').CloudFront;`,
  'package.json': '{ "name": "aws-sdk", "type": "commonjs" }',
};

/**
 * Puts `aws-sdk` into `<folder>/node_modules`.
 *
 * @param cache where the files of an earlier run are, and those of this one are kept
 * @returns why that cannot be done; `undefined` when it is done
 */
export function addAwsSdk(folder: string, cache: string): string | undefined {
  const kept = join(cache, `aws-sdk-${AWS_SDK_VERSION}`);
  if (!existsSync(kept)) {
    const failure = fetchTo(kept, cache);
    if (failure !== undefined) return failure;
  }
  const target = join(folder, 'node_modules/aws-sdk');
  cpSync(kept, target, { recursive: true });
  for (const [file, code] of Object.entries(AROUND)) {
    mkdirSync(dirname(join(target, file)), { recursive: true });
    writeFileSync(join(target, file), code);
  }
  return undefined;
}

function fetchTo(kept: string, cache: string): string | undefined {
  const folder = mkdtempSync(join(cache, 'fetching-aws-sdk-'));
  try {
    const npm = run(
      'npm',
      ['pack', '--loglevel=error', '--prefer-offline', `aws-sdk@${AWS_SDK_VERSION}`],
      folder,
    );
    if (npm.status !== 0)
      return `npm pack aws-sdk@${AWS_SDK_VERSION} ended with ${npm.status}: ${npm.stderr.split('\n', 1)[0]}`;
    const tarball = join(folder, npm.stdout.trim());
    const digest = createHash('sha512').update(readFileSync(tarball)).digest('base64');
    if (`sha512-${digest}` !== INTEGRITY)
      throw new Error('the tarball of aws-sdk is not the one that is expected');
    const tar = run('tar', ['-xzf', tarball, ...FILES.map((file) => `package/${file}`)], folder);
    if (tar.status !== 0) throw new Error(`tar ended with ${tar.status}: ${tar.stderr}`);
    // Another run may have been faster.
    if (!existsSync(kept)) renameSync(join(folder, 'package'), kept);
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[], cwd: string) {
  return spawnSync(program, args, { cwd, encoding: 'utf8' });
}
