/** Importing: whole processes, from their start to their end. */

import { execFileSync } from 'node:child_process';
import { measure, type Rounds } from './measure.ts';
import { atMost, type Row } from './report.ts';

export async function benchImport(root: string): Promise<{ rows: Row[]; times: Record<string, Rounds> }> {
  const importing = (specifier: string) => () => {
    execFileSync(process.execPath, ['--input-type=module', '--eval', `import '${specifier}'`], { cwd: root });
  };
  const times = await measure(
    {
      'process that imports @storytime/signer': importing('@storytime/signer'),
      'process that imports @aws-sdk/cloudfront-signer': importing('@aws-sdk/cloudfront-signer'),
    },
    { batchMs: 1, batches: 14 },
  );
  return {
    rows: [
      atMost(
        1.2,
        'cold import, against importing @aws-sdk/cloudfront-signer',
        times['process that imports @aws-sdk/cloudfront-signer'],
        times['process that imports @storytime/signer'],
      ),
    ],
    times,
  };
}
