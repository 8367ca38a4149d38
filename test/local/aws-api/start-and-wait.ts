/** Runs the local cloud as a process of its own: prints its environment as JSON, closes it when standard input ends. */
import { startLocalCloud } from '../../../local/aws-api/index.ts';

const cloud = await startLocalCloud({
  accountId: '123456789012',
  region: 'us-east-1',
  transcode: () => Promise.reject(new Error('no jobs here')),
});
process.stdin.on('end', async () => {
  await Promise.all([cloud.close(), cloud.close()]);
});
process.stdin.resume();
process.stdout.write(`${JSON.stringify(cloud.environment)}\n`);
