import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callersFile, withCallersFiles } from '../../ops/terraform/callers-file.ts';

const env = { INIT_CWD: '/caller/folder' };

describe('a file that the caller names', () => {
  it.each([
    ['request.har', env, '/caller/folder/request.har'],
    ['../request.har', env, '/caller/request.har'],
    ['/tmp/request.har', env, '/tmp/request.har'],
    ['request.har', {}, resolve('request.har')],
    ['request.har', { INIT_CWD: '' }, resolve('request.har')],
  ])('%s is meant from the caller\u2019s folder: %o', (file, from, expected) => {
    expect(callersFile(file, from)).toBe(expected);
  });
});

describe('a file in the flags of Terraform', () => {
  it.each([
    [['-var-file=a.tfvars'], ['-var-file=/caller/folder/a.tfvars']],
    [
      ['--var-file', 'a.tfvars', 'a.tfvars'],
      ['--var-file', '/caller/folder/a.tfvars', 'a.tfvars'],
    ],
    [['-var-file=/tmp/a.tfvars'], ['-var-file=/tmp/a.tfvars']],
    [
      ['-target=aws_s3_bucket.a', '-var', 'file=a', '--yes'],
      ['-target=aws_s3_bucket.a', '-var', 'file=a', '--yes'],
    ],
  ])('is meant from there too: %j', (flags, expected) => {
    expect(withCallersFiles(flags, env)).toEqual(expected);
  });
});
