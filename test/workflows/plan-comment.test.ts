/** The comment with the plans: its text. */
import { describe, expect, it } from 'vitest';
import { commentBody, MARKER } from '../../.github/plan-comment/comment-body.ts';

const PLAN = `
Terraform will perform the following actions:

  # aws_s3_bucket.masters will be updated in-place

Plan: 1 to add, 2 to change, 0 to destroy.
`;
const options = { commit: '0123456789abcdef', runUrl: 'https://github.example/run/1' };

describe('commentBody', () => {
  it('begins with its marker and names the commit', () => {
    const body = commentBody([{ environment: 'dev', text: PLAN }], options);
    expect(body.startsWith(`${MARKER}\n\nTerraform plans for 0123456 `)).toBe(true);
  });

  it('shows Terraform’s own summary and folds the plan away', () => {
    expect(commentBody([{ environment: 'dev', text: PLAN }], options)).toContain(
      `<summary><b>dev</b>: Plan: 1 to add, 2 to change, 0 to destroy.</summary>\n\n\`\`\`\n${PLAN.trim()}\n\`\`\`\n\n</details>`,
    );
  });

  it.each([
    ['No changes. Your infrastructure matches the configuration.', 'No changes. Your infrastructure matches'],
    ['Changes to Outputs:\n  + a = 1', 'Changes to Outputs<'],
    ['something that Terraform never said', 'a plan<'],
  ])('summarizes %j', (text, summary) => {
    expect(commentBody([{ environment: 'dev', text }], options)).toContain(`<b>dev</b>: ${summary}`);
  });

  it('says of an environment without a plan that it failed, and where to look', () => {
    expect(commentBody([{ environment: 'prod', text: null }], options)).toContain(
      '**prod**: no plan, because it failed: [log](https://github.example/run/1)',
    );
  });

  it('cannot be left by a fence within the plan', () => {
    const body = commentBody([{ environment: 'dev', text: 'a\n````\n<b>b</b>\n````' }], options);
    expect(body.match(/^`{5}$/gm)).toHaveLength(2);
  });

  it('fits into a comment whatever the length of the plans, and says what it cut', () => {
    const plans = ['dev', 'prod'].map((environment) => ({
      environment,
      text: `${'x'.repeat(100_000)}\n${PLAN}`,
    }));
    const body = commentBody(plans, options);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(60_000);
    expect(body.match(/Cut after \d+ characters/g)).toHaveLength(2);
    expect(body.match(/Plan: 1 to add/g)).toHaveLength(2);
  });
});
