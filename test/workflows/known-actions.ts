/**
 * The actions that workflows may use, each in one released version, with those of its inputs that are used here.
 * Another action, another version or another input begins with a look at its `action.yml` and a line in this list.
 */
export const KNOWN_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'actions/checkout@v6': ['fetch-depth', 'persist-credentials', 'sparse-checkout'],
  'actions/setup-node@v6': ['cache', 'node-version'],
  'actions/upload-artifact@v6': ['if-no-files-found', 'name', 'path', 'retention-days'],
  'actions/download-artifact@v7': ['name', 'path', 'pattern'],
  'aws-actions/configure-aws-credentials@v6': ['aws-region', 'role-session-name', 'role-to-assume'],
  'hashicorp/setup-terraform@v4': ['terraform_version', 'terraform_wrapper'],
};
