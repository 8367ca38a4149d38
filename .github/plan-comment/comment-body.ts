/** The text of the one comment that shows a pull request's plans. */

export interface EnvironmentPlan {
  readonly environment: string;
  /** What `terraform show` prints; null when there is no plan. */
  readonly text: string | null;
}

export interface CommentOptions {
  /** The commit that was planned. */
  readonly commit: string;
  /** Where the run's log and its artifacts are. */
  readonly runUrl: string;
  /**
   * Most characters of the comment.
   * @default 65,536, which is GitHub's own limit
   */
  readonly maxLength?: number;
}

/** How the comment is found again. */
export const MARKER = '<!-- terraform-plan -->';

const GITHUB_LIMIT = 65_536;
/** More than everything that is not plan: headings, fences, links. */
const FRAME = 2_000;

/** Markdown: each environment with its summary in sight and its plan folded away, cut where the comment has no room. */
export function commentBody(
  plans: readonly EnvironmentPlan[],
  { commit, runUrl, maxLength = GITHUB_LIMIT }: CommentOptions,
): string {
  const room = Math.floor((maxLength - FRAME) / Math.max(1, plans.length));
  return [
    MARKER,
    `Terraform plans for ${commit.slice(0, 7)} ([run](${runUrl}))`,
    ...plans.map(({ environment, text }) =>
      text === null ? missing(environment, runUrl) : section(environment, text, room, runUrl),
    ),
  ].join('\n\n');
}

function missing(environment: string, runUrl: string): string {
  return `**${environment}**: no plan, because it failed: [log](${runUrl})`;
}

function section(environment: string, text: string, room: number, runUrl: string): string {
  const plan = text.trim();
  const shown = plan.length > room ? plan.slice(0, room) : plan;
  // A plan may quote Markdown, fences included.
  const longestRun = Math.max(2, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  return [
    `<details><summary><b>${environment}</b>: ${summaryOf(plan)}</summary>`,
    `${fence}\n${shown}\n${fence}`,
    ...(shown === plan
      ? []
      : [`Cut after ${room} characters; whole in the artifacts of the [run](${runUrl}).`]),
    '</details>',
  ].join('\n\n');
}

/** Terraform's own sentence: `Plan: 1 to add, 0 to change, 0 to destroy.` */
function summaryOf(plan: string): string {
  const sentences = plan.match(/^(?:Plan: \d.*|No changes\..*|Changes to Outputs:)$/gm);
  return sentences?.at(-1)?.replace(/:$/, '') ?? 'a plan';
}
