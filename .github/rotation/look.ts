/**
 * `look.ts <environment> <days>`: whether a scheduled rotation has anything to do, as `due=true` or `due=false` in
 * `GITHUB_OUTPUT`. Reads versions' dates and stages and never a value: to ask for one, denied or not, would alarm.
 * `PULL_REQUESTS` are those that are open on the rotation's branch, as `gh pr list --json url,isCrossRepository` says it.
 */
import { appendFileSync } from 'node:fs';
import { paginateListSecretVersionIds, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { environments, keysDirectory } from '../../envs/environments.ts';
import { readTrustedKeys } from '../../envs/keys.ts';
import { retirementSeconds, timingOf } from '../../ops/keys/timing.ts';
import { due, proposal, type SeenVersion } from './due.ts';

// Node 20.19 is supported here until the SDK drops it; its notice would be the first line of every run.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const [name = '', days = ''] = process.argv.slice(2);
const config = environments.get(name);
if (config === undefined) throw new Error(`no such environment: ${name}`);
if (!/^\d{1,4}$/.test(days)) throw new Error('expected whole days');

const keys = readTrustedKeys(keysDirectory(name));
const secrets = new SecretsManagerClient({ region: config.awsRegion });
const versions: SeenVersion[] = [];
for await (const page of paginateListSecretVersionIds(
  { client: secrets },
  { SecretId: config.cloudfrontPrivateKeySecretName },
)) {
  for (const { VersionStages: stages = [], CreatedDate: createdAt } of page.Versions ?? []) {
    if (createdAt !== undefined) versions.push({ stages, createdAt });
  }
}
const inKms = Object.keys(keys.inKms);
const { isDue, why } = due(
  {
    now: new Date(),
    committed: [...Object.keys(keys.generations), ...inKms],
    inKms,
    versions,
    pullRequest: proposal(JSON.parse(process.env.PULL_REQUESTS ?? '')),
  },
  { minAgeDays: Number(days), retirementSeconds: retirementSeconds(timingOf(config)) },
);
console.log(`${name}: ${isDue ? 'due' : 'nothing to do'}, ${why}`);
const { GITHUB_OUTPUT: output } = process.env;
if (output) appendFileSync(output, `due=${isDue}\n`);
