/**
 * Runs the local cloud as a process of its own: prints its environment as JSON, and a line with its peak memory in KiB for each
 * line that it reads; closes it when standard input ends.
 */
import { createInterface } from 'node:readline';
import { startLocalCloud } from '../../../local/aws-api/index.ts';

const cloud = await startLocalCloud({
  accountId: '123456789012',
  region: 'us-east-1',
  transcode: () => Promise.reject(new Error('no jobs here')),
});
createInterface(process.stdin)
  .on('line', () => process.stdout.write(`${process.resourceUsage().maxRSS}\n`))
  .on('close', async () => {
    await Promise.all([cloud.close(), cloud.close()]);
  });
process.stdout.write(`${JSON.stringify(cloud.environment)}\n`);
