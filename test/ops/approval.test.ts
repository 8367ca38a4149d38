import { describe, expect, it } from 'vitest';
import { withApproval } from '../../ops/terraform/approval.ts';

describe('--yes', () => {
  it.each([
    ['apply', ['--yes'], ['-auto-approve']],
    ['apply', ['-lock=false', '-yes'], ['-lock=false', '-auto-approve']],
    ['destroy', ['-auto-approve'], ['-auto-approve']],
    ['destroy', ['-auto-approve', '--yes'], ['-auto-approve']],
    ['force-unlock', ['force-unlock', '1-2-3', '--yes'], ['force-unlock', '1-2-3', '-force']],
    ['apply', ['-var=a=--yes', '-target=yes'], ['-var=a=--yes', '-target=yes']],
  ])('is Terraform’s own word for %s: %j', (command, flags, expected) => {
    expect(withApproval(command, flags)).toEqual(expected);
  });
});
