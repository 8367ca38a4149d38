/**
 * `node post.ts <folder>`: puts the plans in `<folder>/plan-<environment>/plan.txt` into the pull request's one comment.
 * `PLANS` is the `needs` of the job as JSON: environments with what became of their plans, in their order; one that was
 * skipped is not there yet. Needs Node.js 24, which runs TypeScript, and no package.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commentBody, type EnvironmentPlan, MARKER } from './comment-body.ts';
import { upsertComment } from './upsert-comment.ts';

const [folder = ''] = process.argv.slice(2);
const plans: Readonly<Record<string, { readonly result: string }>> = JSON.parse(variable('PLANS'));
const environments = Object.keys(plans).filter((name) => plans[name]?.result !== 'skipped');
const repository = variable('GITHUB_REPOSITORY');
const outcome = await upsertComment({
  commentsUrl: `${variable('GITHUB_API_URL')}/repos/${repository}/issues/${variable('PULL_REQUEST')}/comments`,
  token: variable('GITHUB_TOKEN'),
  marker: MARKER,
  body: commentBody(environments.map(readPlan), {
    commit: variable('COMMIT'),
    runUrl: `${variable('GITHUB_SERVER_URL')}/${repository}/actions/runs/${variable('GITHUB_RUN_ID')}`,
  }),
});
console.log(`comment ${outcome}`);

/** There is no file where the plan failed. */
function readPlan(environment: string): EnvironmentPlan {
  const file = join(folder, `plan-${environment}`, 'plan.txt');
  return { environment, text: existsSync(file) ? readFileSync(file, 'utf8') : null };
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}
