/**
 * The actions that workflows may use, each by the commit of one release, with those of its inputs that are used here.
 * Another action, another release or another input begins with a look at its `action.yml` and a line in this list.
 *
 * A tag can be moved to other code by somebody who takes over the action's repository; a commit cannot.
 *
 * @see https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
 */
export const KNOWN_ACTIONS: Readonly<Record<string, KnownAction>> = {
  'actions/checkout': {
    version: 'v6.1.0',
    commit: 'd23441a48e516b6c34aea4fa41551a30e30af803',
    inputs: ['fetch-depth', 'persist-credentials', 'sparse-checkout'],
  },
  'actions/setup-node': {
    version: 'v6.5.0',
    commit: '249970729cb0ef3589644e2896645e5dc5ba9c38',
    inputs: ['cache', 'node-version'],
  },
  'actions/upload-artifact': {
    version: 'v6.0.0',
    commit: 'b7c566a772e6b6bfb58ed0dc250532a479d7789f',
    inputs: ['if-no-files-found', 'name', 'path', 'retention-days'],
  },
  'actions/download-artifact': {
    version: 'v7.0.0',
    commit: '37930b1c2abaa49bbe596cd826c3c89aef350131',
    inputs: ['name', 'path', 'pattern'],
  },
  'aws-actions/configure-aws-credentials': {
    version: 'v6.2.3',
    commit: 'e6de054238d6b7531b4efff3b6587d9aade6a06c',
    inputs: ['aws-region', 'role-session-name', 'role-to-assume'],
  },
  'hashicorp/setup-terraform': {
    version: 'v4.0.1',
    commit: 'dfe3c3f87815947d99a8997f908cb6525fc44e9e',
    inputs: ['terraform_version', 'terraform_wrapper'],
  },
};

interface KnownAction {
  /** The release that the commit is; a workflow names it in a comment, which dependabot moves with the commit. */
  readonly version: string;
  readonly commit: string;
  readonly inputs: readonly string[];
}

/** As `uses` names it: `<owner>/<name>@<commit>`. */
export function pinned(action: string): string {
  return `${action}@${KNOWN_ACTIONS[action]?.commit}`;
}
