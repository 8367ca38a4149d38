/** The programs this project runs, how each is found, and which Debian package brings it. Looks only, changes nothing. */

import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { findTerraform, terraformEnvironment } from '../../ops/terraform/binary.ts';
import { findPython } from '../aws-api/python.ts';

const run = promisify(execFile);

/** What the tools are for: `start` plays the video, `test` also drives a browser and checks signatures. */
export type Purpose = 'start' | 'test';

export interface Tool {
  readonly name: string;
  readonly purposes: readonly Purpose[];
  /**
   * What can bring it here: Debian packages, moto's own virtual environment, a download into the user's cache folder,
   * or null where only the person can.
   */
  readonly from: { readonly debianPackages: readonly string[] } | 'virtual-environment' | 'download' | null;
  /** What to tell the person when it is still missing. */
  readonly remedy: string;
  /** Resolves to null when the tool is there, else to what is wrong with it. */
  readonly problem: () => Promise<string | null>;
}

const OLDEST_NODE = [20, 19] as const;
const OLDEST_TERRAFORM = [1, 11] as const;

export const TOOLS: readonly Tool[] = [
  {
    name: 'Node.js',
    purposes: ['start', 'test'],
    from: null,
    remedy: 'install Node.js 20.19 or newer: https://nodejs.org',
    problem: async () =>
      isAtLeast(process.versions.node, OLDEST_NODE)
        ? null
        : `found ${process.versions.node}, expected >= 20.19`,
  },
  {
    name: 'Terraform',
    purposes: ['start', 'test'],
    from: 'download',
    remedy:
      'install Terraform >= 1.11 with mise ("mise install"), with Homebrew ("brew install hashicorp/tap/terraform") or from https://developer.hashicorp.com/terraform/install, or name it, or OpenTofu >= 1.11, in TERRAFORM_BINARY_NAME',
    problem: terraformProblem,
  },
  {
    name: 'ffmpeg',
    purposes: ['start', 'test'],
    from: { debianPackages: ['ffmpeg'] },
    remedy: 'install ffmpeg with ffprobe: https://ffmpeg.org/download.html',
    problem: async () =>
      (await findOnPath('ffmpeg')) && (await findOnPath('ffprobe')) ? null : 'not on PATH',
  },
  {
    name: 'Python',
    purposes: ['start', 'test'],
    from: { debianPackages: ['python3', 'python3-venv'] },
    remedy: 'install Python 3 with its venv module: https://www.python.org/downloads/',
    problem: async () => ((await findOnPath('python3')) ? null : 'no python3 on PATH'),
  },
  {
    name: 'moto',
    purposes: ['start', 'test'],
    from: 'virtual-environment',
    remedy: 'run: python3 -m venv local/.venv && local/.venv/bin/pip install -r local/requirements.txt',
    problem: async () => ((await findPython()) === null ? 'no Python that can import moto.server' : null),
  },
  {
    name: 'Chromium',
    purposes: ['test'],
    from: { debianPackages: ['chromium'] },
    remedy: 'install Chromium or Chrome, or name it in CHROMIUM_PATH',
    problem: async () => ((await findChromium()) === null ? 'not found' : null),
  },
  {
    name: 'openssl',
    purposes: ['test'],
    from: { debianPackages: ['openssl'] },
    remedy: 'install OpenSSL: https://openssl-library.org',
    problem: async () => ((await findOnPath('openssl')) ? null : 'not on PATH'),
  },
  {
    name: 'Ruby',
    purposes: ['test'],
    from: { debianPackages: ['ruby'] },
    remedy: 'install Ruby 3.1 or newer: https://www.ruby-lang.org',
    problem: async () => ((await findOnPath('ruby')) ? null : 'not on PATH'),
  },
  {
    name: "Ruby's gem for S3",
    purposes: ['test'],
    from: { debianPackages: ['ruby-aws-sdk-s3'] },
    remedy: 'install the gem: gem install aws-sdk-s3',
    problem: async () =>
      run('ruby', ['-e', "require 'aws-sdk-s3'"]).then(
        () => null,
        () => 'ruby does not find aws-sdk-s3',
      ),
  },
  {
    name: 'PHP',
    purposes: ['test'],
    from: { debianPackages: ['php-cli'] },
    remedy: 'install PHP 8 or newer: https://www.php.net/downloads',
    problem: async () => ((await findOnPath('php')) ? null : 'not on PATH'),
  },
];

/** The browser that the tests drive, or null. `CHROMIUM_PATH` wins. */
export async function findChromium(): Promise<string | null> {
  const candidates = [
    process.env.CHROMIUM_PATH,
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ];
  for (const candidate of candidates) {
    const path = candidate ? await findOnPath(candidate) : null;
    if (path !== null) return path;
  }
  return null;
}

async function terraformProblem(): Promise<string | null> {
  const binary = findTerraform(process.env);
  if (binary === undefined) return 'neither terraform nor tofu on PATH';
  try {
    const { stdout } = await run(binary, ['version', '-json'], { env: terraformEnvironment(process.env) });
    const { terraform_version: version } = JSON.parse(stdout) as { terraform_version: string };
    return isAtLeast(version, OLDEST_TERRAFORM)
      ? null
      : `found ${version}, expected >= ${OLDEST_TERRAFORM.join('.')}`;
  } catch {
    return `${binary} does not answer "version -json"`;
  }
}

async function findOnPath(program: string): Promise<string | null> {
  const places = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  for (const place of places) {
    const found = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return place;
  }
  return null;
}

function isAtLeast(version: string, oldest: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
