/** Two rotations and one leak while viewers play, from the first apply to the last verdict. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFrontClient, GetDistributionCommand } from '@aws-sdk/client-cloudfront';
import { Closers } from '../../../local/session/closers.ts';
import { isChange } from '../../../ops/keys/events.ts';
import { startFaults } from '../../ops/keys/faults.ts';
import { Canary } from './canary.ts';
import { type Child, startChild } from './child.ts';
// For the compiler alone: these run as processes of their own.
import type {} from './edge-process.ts';
import { runKeys } from './keys.ts';
import { rotateKilled } from './killed.ts';
import { type Lifetimes, type LocalRun, putBooks, startLocalRun } from './local-run.ts';
import type {
  Credential,
  FromEdge,
  FromSigner,
  FromViewers,
  Sent,
  SignerStart,
  ToEdge,
  ToViewers,
} from './messages.ts';
import { type Event, type Report, reportOf } from './report.ts';
import type { ActiveKey } from './returns.ts';
import type {} from './signer-process.ts';
import { steal } from './thief.ts';
import { judgeAll, judgedOf } from './verdicts.ts';
import type {} from './viewers-process.ts';
import { type HeldKey, watchFiles, watchSecret, watchTrust } from './watch.ts';

export interface LoadOptions {
  /** Fewest requests to judge. */
  readonly requests: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Long enough that a rotation passes through every phase at full load, short enough for a gate. */
const LIFETIMES: Lifetimes = { signerCacheSeconds: 5, longestSignatureSeconds: 20 };
const REQUESTS_PER_SECOND = 500;
const SIGNERS = 3;
const BOOKS = ['/books/hare', '/books/tortoise'];
/** Between the steps of the story. */
const QUIET_SECONDS = 6;

type Signer = Child<SignerStart, FromSigner>;

export async function proveUnderLoad({ requests, say, signal }: LoadOptions): Promise<Report> {
  const closers = new Closers();
  const onAbort = (): void => void closers.closeAll();
  signal.addEventListener('abort', onAbort);
  try {
    return await prove({ requests, say, signal }, closers);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await closers.closeAll();
  }
}

async function prove({ requests, say, signal }: LoadOptions, closers: Closers): Promise<Report> {
  const pause = (seconds: number) => sleep(seconds * 1000, undefined, { signal });
  const canary = new Canary();
  say('applying "local" to a local AWS API');
  const localRun = await startLocalRun(LIFETIMES, signal);
  closers.add(localRun.close);
  canary.watch(localRun.directory);
  const { aws, outputs, cloud, config } = localRun;
  const paths = await putBooks(localRun, BOOKS);

  const events: Event[] = [];
  const mark = (text: string): void => {
    events.push({ at: Date.now(), text });
    say(text);
  };

  // The edge, and what it enforces.
  const edge = startChild<ToEdge, FromEdge>('edge-process.ts');
  closers.add(edge.end);
  const warnings: string[] = [];
  edge.onMessage((message) => {
    if (message.kind === 'warning') warnings.push(message.message);
  });
  edge.send({
    kind: 'start',
    options: { distributionId: outputs.cloudfront_distribution_id, environment: cloud.environment },
  });
  const { url: edgeUrl } = await edge.next('listening');
  const trust = await watchTrust(aws, {
    keyGroupId: await keyGroupIdOf(localRun),
    refreshEdge: async () => {
      const refreshed = edge.next('refreshed');
      edge.send({ kind: 'refresh' });
      await refreshed;
    },
  });
  closers.add(() => trust.stop().catch(() => {}));

  // Signers, viewers, and somebody who has every key.
  const signers: Signer[] = [];
  const signerUrls = new Map<Signer, string>();
  const pickUps: { at: number; to: string }[] = [];
  const startSigner = async (endpoint: string): Promise<{ signer: Signer; url: string }> => {
    const signer = startChild<SignerStart, FromSigner>('signer-process.ts');
    closers.add(signer.end);
    signer.send({
      domain: outputs.cloudfront_domain_name,
      secretId: outputs.cloudfront_private_key_secret_arn,
      aws: { ...aws, endpoint },
      signerCacheSeconds: config.signerCacheSeconds,
      longestSignatureSeconds: config.longestSignatureSeconds,
    });
    return { signer, url: (await signer.next('listening')).url };
  };
  const addSigner = async (endpoint = aws.endpoint): Promise<void> => {
    const { signer, url } = await startSigner(endpoint);
    signer.onMessage((message) => {
      if (message.kind === 'rotated') pickUps.push({ at: message.at, to: message.to });
    });
    signers.push(signer);
    signerUrls.set(signer, url);
  };
  for (let count = 1; count < SIGNERS; count += 1) await addSigner();
  // One has its own way to Secrets Manager, which will be in trouble.
  const faults = await startFaults(cloud.environment);
  closers.add(faults.close);
  await addSigner(faults.endpoint);
  // One is asked once, and then for as long as a rotation takes by nobody.
  const { url: idleUrl } = await startSigner(aws.endpoint);

  const viewers = startChild<ToViewers, FromViewers>('viewers-process.ts');
  closers.add(viewers.end);
  const credentials = new Map<number, Credential>();
  const sent: Sent[] = [];
  const unsigned: string[] = [];
  const refused: string[] = [];
  viewers.onMessage((message) => {
    if (message.kind === 'unsigned') unsigned.push(message.why);
    if (message.kind === 'refused') refused.push(message.why);
    if (message.kind !== 'seen') return;
    for (const credential of message.credentials) credentials.set(credential.id, credential);
    for (const request of message.sent) sent.push(request);
  });
  viewers.send({
    kind: 'start',
    options: {
      edgeUrl,
      signers: [...signerUrls.values()],
      paths,
      books: BOOKS,
      longestSignatureSeconds: config.longestSignatureSeconds,
      requestsPerSecond: REQUESTS_PER_SECOND,
    },
  });

  const activeKeys: ActiveKey[] = [];
  const onKey = (stage: string, key: HeldKey, at: number): void => {
    canary.add(key.privateKey);
    const { generation, keyPairId } = key;
    if (stage !== 'AWSCURRENT' || keyPairId === null) return;
    activeKeys.push({ generation, keyPairId, at });
    BOOKS.forEach((book, index) => {
      const via = index % 2 === 0 ? 'cookies' : 'url';
      const domain = outputs.cloudfront_domain_name;
      viewers.send({
        kind: 'stolen',
        via,
        book,
        text: steal({ ...key, keyPairId }, { via, domain, book, now: at }),
      });
    });
  };
  const secret = await watchSecret(aws, { secretId: outputs.cloudfront_private_key_secret_arn, onKey });
  closers.add(() => secret.stop().catch(() => {}));

  const files = watchFiles(localRun.keysDirectory);
  closers.add(() => files.stop().catch(() => {}));

  /** Once what it signed with before is out of the group. */
  const askIdleSigner = async (): Promise<void> => {
    while (trust.changes.at(-1)?.keyPairIds.size !== 1) await pause(0.1);
    const returned = viewers.next('returned');
    viewers.send({ kind: 'returning', url: idleUrl });
    await returned;
  };

  mark('viewers play');
  await askIdleSigner();
  await pause(QUIET_SECONDS);

  const keys = async (...args: string[]): Promise<void> => {
    const isPlan = args[0] === 'plan';
    const onLine = (line: string): void => {
      if (isPlan) return;
      const { event, message } = JSON.parse(line);
      if (isChange({ event }) || ['rotated', 'revoked', 'lock-taken-over'].includes(event))
        say(`  ${message}`);
    };
    const asked = isPlan ? args : [...args, '--json'];
    const { exitCode, stderr } = await runKeys(localRun, asked, { edgeUrl, onLine });
    if (exitCode !== 0) throw new Error(`keys ${args.join(' ')} ended with ${exitCode}:\n${stderr}`);
  };
  mark('rotation 1 begins');
  await keys('rotate', 'local', '--yes');
  mark('rotation 1 ends');
  await askIdleSigner();
  mark('Secrets Manager throttles one signer');
  const endOutage = faults.add({
    matches: ({ target }) => target === 'secretsmanager.GetSecretValue',
    status: 400,
    code: 'ThrottlingException',
    times: Number.POSITIVE_INFINITY,
  });
  // Meanwhile somebody looks at what an apply would do.
  await Promise.all([keys('plan', '-no-color'), pause(config.signerCacheSeconds + QUIET_SECONDS / 2)]);
  endOutage();
  const throttled = faults.count();
  mark('it has an end');
  // A deploy: one more signer comes, the first one goes.
  await addSigner();
  const [first] = signers.splice(0, 1);
  if (first) signerUrls.delete(first);
  viewers.send({ kind: 'signers', urls: [...signerUrls.values()] });
  await pause(QUIET_SECONDS / 2);
  await first?.end();

  mark('rotation 2 begins');
  await keys('rotate', 'local', '--yes', '--type', 'ec');
  mark('rotation 2 ends');
  await askIdleSigner();
  await pause(QUIET_SECONDS);

  const leaked = activeKeys.at(-1);
  mark('the active key is revoked');
  const revokedAt = new Map(leaked ? [[leaked.keyPairId, Date.now()]] : []);
  await keys('revoke', 'local', leaked?.generation ?? '', '--yes');
  mark('the revocation ends');
  await askIdleSigner();
  await pause(config.signerCacheSeconds + QUIET_SECONDS);

  mark('rotation 3 begins, killed at every change');
  const kills = await rotateKilled(localRun, { edgeUrl, say: (line) => say(`  ${line}`) });
  mark('rotation 3 ends');
  await askIdleSigner();
  await pause(QUIET_SECONDS);
  // Answers in the moment of a change count for nothing.
  while (sent.length < requests * 1.02) await pause(1);

  viewers.send({ kind: 'stop' });
  await viewers.next('stopped');
  mark('viewers stop');
  await Promise.all([trust.stop(), secret.stop(), files.stop()]);

  say(`judging ${sent.length.toLocaleString('en')} requests`);
  const verdicts = judgeAll(
    { credentials, sent, paths },
    {
      domain: outputs.cloudfront_domain_name,
      trust: trust.changes,
      publicKeys: trust.publicKeys,
      revokedAt,
    },
  );
  return reportOf({
    verdicts,
    activeKeys,
    revokedAt,
    events,
    pickUps,
    kills,
    trust: trust.changes,
    fileGoneAt: files.goneAt,
    credentials: [...credentials.values()],
    lifetimes: LIFETIMES,
    throttled,
    canary: canary.search(),
    complaints: [
      ...(judgedOf(verdicts.all) < requests
        ? [`expected ${requests} judged requests, got ${judgedOf(verdicts.all)}`]
        : []),
      ...(throttled === 0 ? ['no signer asked Secrets Manager while it throttled'] : []),
      ...(refused.length > 0 ? [`${refused.length} times a signer did not sign: ${refused[0]}`] : []),
      ...(unsigned.length > 0 ? [`${unsigned.length} times no signer signed: ${unsigned[0]}`] : []),
      ...warnings.map((warning) => `the edge: ${warning}`),
    ],
  });
}

async function keyGroupIdOf({ aws, outputs }: LocalRun): Promise<string> {
  const client = new CloudFrontClient(aws);
  const { Distribution } = await client.send(
    new GetDistributionCommand({ Id: outputs.cloudfront_distribution_id }),
  );
  client.destroy();
  const [id, ...others] =
    Distribution?.DistributionConfig?.DefaultCacheBehavior?.TrustedKeyGroups?.Items ?? [];
  if (id === undefined || others.length > 0) throw new Error('expected one trusted key group');
  return id;
}
