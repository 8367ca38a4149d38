/** A command's connection to an environment's library, and how it reports. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlaybackError } from '@storytime/playback';
import { z } from 'zod';
import { type EnvironmentConfig, parseEnvironment } from '../../envs/config.ts';
import { printableLine } from '../../envs/printable.ts';
import { edgeOf } from '../edge/local-edge-url.ts';
import type { LibraryAccount } from '../library/account.ts';
import type { EnvironmentNamed } from '../library/applied-environment.ts';
import { contentKeysOf } from '../library/content-keys.ts';
import { libraryFailureText } from '../library/failures.ts';
import { libraryOutputs } from '../library/outputs.ts';
import { recordStore } from '../library/record-store.ts';
import { VideoRefusedError } from '../probe/probe.ts';
import { complain } from '../terraform/command-line.ts';
import { UsageError } from '../terraform/targets.ts';
import { PublishFailed } from '../upload/publish/failed.ts';
import { signTitle, titleKeyOf } from '../upload/sign-title.ts';
import type { TakeDownContext } from './context.ts';
import { takeDownSentence } from './events.ts';
import { TakeDownFailed } from './failed.ts';

export interface TakeDownSessionOptions {
  readonly environmentNamed: EnvironmentNamed;
  readonly connect: (config: EnvironmentConfig) => LibraryAccount;
  readonly say: (line: string) => void;
  /** Of this process. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Exit code 1 for what failed; a defect of ours, and what was asked wrongly, is thrown. */
export async function withTakeDown(
  options: TakeDownSessionOptions,
  { name, json }: { readonly name: string | undefined; readonly json: boolean },
  run: (context: TakeDownContext) => Promise<void>,
): Promise<void> {
  const { env, signal, say } = options;
  setMaxListeners(0, signal);
  const environment = options.environmentNamed(name);
  const config = parseEnvironment(environment.config);
  const edgeUrl = edgeOf(config, env);
  const all = await environment.outputs();
  const outputs = libraryOutputs(config, all);
  const distributionId = distributionOf(config, all);
  const account = options.connect(config);
  const { s3, mediaConvert, cloudFront } = account;
  const domain = config.domainName ?? String(all.cloudfront_domain_name);
  const key = titleKeyOf(account, all);
  try {
    await run({
      ...{ config, outputs, distributionId, s3, cloudFront, mediaConvert, signal },
      contentKeys: contentKeysOf(config, outputs, account),
      records: recordStore({ s3, bucket: outputs.master_uploads_bucket_name, signal }),
      now: () => new Date(),
      wait: (milliseconds) => sleep(milliseconds, undefined, { signal }),
      tell: json
        ? (event) => say(jsonLine({ ...event, message: takeDownSentence(event) }))
        : (event) => say(printableLine(takeDownSentence(event))),
      sign: (playlistPath) =>
        signTitle(playlistPath, {
          domain,
          edgeUrl,
          key,
          longestSignatureSeconds: config.longestSignatureSeconds,
        }),
    });
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    if (json) say(jsonLine({ event: 'failed', ...failure }));
    else complain(printableLine(failure.message));
    process.exitCode = 1;
  } finally {
    account.close();
  }
}

function distributionOf(
  { environment }: Pick<EnvironmentConfig, 'environment'>,
  outputs: Readonly<Record<string, unknown>>,
): string {
  const id = z.string().safeParse(outputs.cloudfront_distribution_id);
  if (id.success) return id.data;
  throw new UsageError(
    `"${environment}" has not been applied to its end, it has no output cloudfront_distribution_id: npm run apply -- ${environment}`,
  );
}

/** A line of `--json`: when, and what. */
export function jsonLine(event: { readonly event: string; readonly message: string }): string {
  return JSON.stringify({ at: new Date().toISOString(), ...event });
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } | null {
  const hasCode = [TakeDownFailed, PublishFailed, VideoRefusedError, PlaybackError].some(
    (kind) => error instanceof kind,
  );
  if (hasCode) {
    const { code, message } = error as TakeDownFailed | PublishFailed | VideoRefusedError | PlaybackError;
    return { code, message };
  }
  if (error instanceof UsageError) return null;
  const text = libraryFailureText(error);
  if (text === null) return null;
  return { code: error instanceof Error ? error.name : 'AWS', message: text };
}
