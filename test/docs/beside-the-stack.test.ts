/** The example root of docs/beside-the-stack.md, and what the page says of who owns what, against our stacks. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backendVariables } from '../../envs/backend-variables.ts';
import { dev } from '../envs/examples.ts';
import { maximum, maximumKeys } from '../envs/maximum.ts';
import { synthesized, synthesizedState } from '../envs/synthesized.ts';
import { allows } from '../modules/policy-judge.ts';
import { documentsOf } from '../modules/role-documents.ts';

const FOLDER = 'docs/beside-the-stack';
const page = readFileSync(`${FOLDER}.md`, 'utf8');
const code = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.tf'))
  .map((file) => readFileSync(`${FOLDER}/${file}`, 'utf8'))
  .join('\n');
/** Blocks begin and end at the start of a line. */
const resources = [...code.matchAll(/^resource "(\w+)" "(\w+)" \{\n([\s\S]*?)^\}/gm)].map(
  ([, type = '', name = '', body = '']) => ({ address: `${type}.${name}`, type, body }),
);
const stack = synthesized(maximum, maximumKeys());
const rows = [...page.matchAll(/^\| [^|]+ \| ((?:`aws_\w+`(?:, )?)+) \| (our stack|you)\b/gm)].flatMap(
  ([, types = '', owner = '']) =>
    types.split(', ').map((type) => ({ type: type.replaceAll('`', ''), owner })),
);

describe('the table of owners', () => {
  const typesOf = (owner: string) => rows.filter((row) => row.owner === owner).map(({ type }) => type);

  it('says of every setting of a bucket, a key or a queue that our stack makes that our stack owns it', () => {
    const settings = Object.keys(stack.resource).filter((type) =>
      /^aws_(?:s3_bucket_|(?:kms_key|sqs_queue|sns_topic|secretsmanager_secret)_policy$)/.test(type),
    );
    expect(typesOf('our stack').sort()).toEqual(settings.sort());
  });

  it('gives nothing away that our stack makes', () => {
    expect(typesOf('you')).toContain('aws_s3_bucket_notification');
    expect(typesOf('you').filter((type) => type in stack.resource)).toEqual([]);
  });
});

describe('the example', () => {
  it('sets on our buckets only what the page gives away', () => {
    const ofOurs = resources.filter(({ body }) => /^ {2}bucket += local\.video\.\w+$/m.test(body));
    const given = rows.filter(({ owner }) => owner === 'you').map(({ type }) => type);
    expect(ofOurs.map(({ address }) => address).sort()).toEqual([
      'aws_s3_bucket_notification.masters',
      'aws_s3_bucket_replication_configuration.masters',
    ]);
    expect(ofOurs.filter(({ type }) => !given.includes(type))).toEqual([]);
  });

  it('makes no policy of our key', () => {
    expect(resources.filter(({ type }) => type === 'aws_kms_key_policy')).toEqual([]);
  });

  it('reads only variables that app_config has', () => {
    const everyOutput = new Proxy({}, { get: () => 'x' });
    const printed = Object.keys(backendVariables(dev, everyOutput).variables);
    const read = [...code.matchAll(/local\.video\.(\w+)/g)].map(([, name = '']) => name);
    expect(new Set(read).size).toBeGreaterThan(3);
    expect(read.filter((name) => !printed.includes(name))).toEqual([]);
  });

  it('is, in its names, out of reach of the deploy roles', () => {
    const config = {
      ...maximum,
      environment: 'dev',
      deployment: { repository: 'acme/library', oidcProviderArn: null },
    };
    const documents = documentsOf(synthesizedState(config), 'apply');
    const account = config.allowedAccountIds[0];
    const at = (service: string, name: string) => `arn:aws:${service}:${config.awsRegion}:${account}:${name}`;
    const calls: [string, string][] = [
      ['sqs:DeleteQueue', at('sqs', 'video-ingest-dev-uploads')],
      ['events:DeleteRule', at('events', 'rule/video-ingest-dev-uploaded')],
      ['lambda:DeleteFunction', at('lambda', 'function:video-ingest-dev-notify')],
      ['iam:DeleteRole', `arn:aws:iam::${account}:role/video-ingest-dev-notify`],
      ['s3:DeleteBucket', 'arn:aws:s3:::storytime-master-uploads-dev-a1b2-backup'],
    ];
    expect(calls.filter(([action, arn]) => allows(documents, action, arn))).toEqual([]);
    expect(allows(documents, 'sqs:DeleteQueue', at('sqs', 'storytime-dev-job-events'))).toBe(true);
  });
});
