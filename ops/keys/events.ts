/** What a key command reports while it runs: one event for each thing that happened, and one sentence for it. Pure. */

import { span } from '../text/span.ts';
import type { NextStep } from './assess.ts';

/** Each is one line of `--json`, with `at`, `environment` and the sentence, which is `message` there. Instants are ISO 8601. */
export type KeysEvent =
  /** Changes to the secret, the files and CloudFront: told right after each. */
  | { readonly event: 'pending-stored'; readonly generation: string }
  | { readonly event: 'pending-removed'; readonly generation: string }
  | { readonly event: 'file-written'; readonly generation: string; readonly kind: 'pem' | 'kms' }
  | { readonly event: 'file-removed'; readonly generation: string }
  | { readonly event: 'current-stored'; readonly generation: string; readonly keyPairId: string }
  | { readonly event: 'active-written'; readonly generation: string }
  | { readonly event: 'applied'; readonly trusted: readonly string[] }
  /** What was found done already. */
  | { readonly event: 'already-stored'; readonly generation: string; readonly stage: Stage }
  | { readonly event: 'promotion-resumed' }
  | { readonly event: 'rotation-resumed'; readonly next: NextStep; readonly instruction: string }
  /** What was learned. */
  | { readonly event: 'probe-accepted'; readonly generation: string; readonly status: number }
  | { readonly event: 'signers-updated'; readonly generation: string }
  /** Waits. */
  | ({ readonly event: 'rotation-planned' } & PlannedWait)
  | ({
      readonly event: 'wait-started';
      readonly until: string;
      readonly secondsLeft: number;
    } & Awaited)
  | ({ readonly event: 'wait-continues'; readonly secondsLeft: number } & Awaited)
  | { readonly event: 'deployment-awaited' }
  /** Terraform's own report, line by line: only with `--json`, since a person sees Terraform's own output. */
  | ({ readonly event: 'terraform' } & TerraformReport)
  | { readonly event: 'note'; readonly text: string }
  /** The lock. */
  | {
      readonly event: 'lock-taken-over';
      readonly holder: string;
      readonly why: string;
      readonly isAlive: boolean;
    }
  | { readonly event: 'lock-lost'; readonly text: string }
  | { readonly event: 'lock-not-released'; readonly lock: string; readonly why: string }
  /** Ends. */
  | {
      readonly event: 'revocation-announced';
      readonly generation: string;
      /** Null when the key does not sign any more. */
      readonly signsSince: string | null;
      readonly signerCacheSeconds: number;
    }
  | {
      readonly event: 'revoked';
      readonly generation: string;
      readonly deployedAt: string;
      readonly afterSeconds: number;
      readonly trusted: readonly string[];
    }
  | { readonly event: 'backends-to-update'; readonly signBy: 'kms' | 'secret' }
  | { readonly event: 'rotated'; readonly generation: string }
  | {
      readonly event: 'not-due';
      readonly generation: string;
      readonly ageSeconds: number;
      readonly minAgeDays: number;
    }
  | {
      readonly event: 'paused';
      readonly until: 'commit' | 'later';
      readonly next: NextStep;
      readonly instruction: string;
    }
  /** Always the last line. `refused`: exit code 2, the command refused this step; `changed:` lines before it tell what was done. `failed`: exit code 1, run it again. */
  | { readonly event: 'failed'; readonly code: 'refused' | 'failed' | 'interrupted'; readonly text: string };

type Stage = 'AWSCURRENT' | 'AWSPENDING';

interface PlannedWait {
  readonly edgesSeconds: number;
  readonly signaturesSeconds: number;
  /** The earliest end. */
  readonly until: string;
}

/** A line of `--json`: the event with the sentence of it that people read. */
export type TellingEvent = WithoutText<KeysEvent> & { readonly message: string };

type WithoutText<Event> = Event extends unknown ? Omit<Event, 'text'> : never;

/** What is waited for, and the key that it is about. */
export interface Awaited {
  readonly awaits: 'edges' | 'signers' | 'signatures';
  readonly generation: string;
}

/** A line of `terraform apply -json`. */
export interface TerraformReport {
  /** Terraform's own type, such as `apply_start`. */
  readonly type: string;
  /** The resource's address; null for a line about no single one. */
  readonly resource: string | null;
  readonly text: string;
}

/** An event that tells of a change, after which a run that stops has left something. */
const CHANGES: ReadonlySet<KeysEvent['event']> = new Set([
  'pending-stored',
  'pending-removed',
  'file-written',
  'file-removed',
  'current-stored',
  'active-written',
  'applied',
]);

export function isChange({ event }: Pick<KeysEvent, 'event'>): boolean {
  return CHANGES.has(event);
}

type Sentences = {
  readonly [Name in KeysEvent['event']]: (
    event: Extract<KeysEvent, { event: Name }>,
    environment: string,
  ) => string;
};

const SENTENCES: Sentences = {
  'pending-stored': ({ generation }) => `AWSPENDING holds the private key of ${generation}`,
  'pending-removed': ({ generation }) => `AWSPENDING no longer holds ${generation}`,
  'file-written': ({ generation, kind }) =>
    kind === 'kms'
      ? `wrote ${generation}.kms; commit it, and the next apply makes the key pair in KMS`
      : `wrote ${generation}.pem; commit it, and the next apply makes CloudFront trust it`,
  'file-removed': ({ generation }) =>
    `removed the file of ${generation}; commit that, and the next apply removes its key from CloudFront`,
  'current-stored': ({ generation, keyPairId }) =>
    `AWSCURRENT holds ${generation} (${keyPairId}); signers load it next`,
  'active-written': ({ generation }) =>
    `"active" names ${generation}; commit it, and the next apply updates the outputs`,
  applied: ({ trusted }) => `applied and deployed; CloudFront trusts ${listed(trusted)}`,
  'already-stored': ({ generation, stage }, environment) =>
    stage === 'AWSCURRENT'
      ? `${stage} already holds the private key of ${generation}; nothing was changed`
      : `${stage} already holds the private key of ${generation}; npm run keys -- status ${environment} shows the next step`,
  'promotion-resumed': () => 'an earlier promotion or rollback was stopped; finishing it, and nothing else',
  'rotation-resumed': ({ instruction }) => `continuing with: ${instruction}`,
  'probe-accepted': ({ generation, status }) =>
    `CloudFront accepts signatures made with ${generation} (the probe reached the origin, which answered ${status})`,
  'signers-updated': ({ generation }) => `every signer that can reach Secrets Manager now has ${generation}`,
  'rotation-planned': ({ edgesSeconds, signaturesSeconds, until }) =>
    `a rotation waits ${seconds(edgesSeconds)} for the edges to learn of the new key and ` +
    `${seconds(signaturesSeconds)} for signatures made with the old key to expire: ` +
    `${seconds(edgesSeconds + signaturesSeconds)} in all, until ${instant(until)} at the earliest (safe to interrupt)`,
  'wait-started': ({ secondsLeft, until, ...awaited }) =>
    `waiting ${seconds(secondsLeft)} for ${awaitedText(awaited)}, until ${instant(until)} (safe to interrupt)`,
  'wait-continues': ({ secondsLeft }) => `  ${seconds(secondsLeft)} left`,
  'deployment-awaited': () =>
    'waiting for CloudFront to report the distribution as Deployed, at most an hour (safe to interrupt)',
  terraform: ({ text }) => text,
  note: ({ text }) => text,
  'lock-taken-over': ({ holder, why, isAlive }) =>
    `took over the lock of ${holder} (${why})` +
    (isAlive ? '\nwarning: that run is alive; it stops before its next change' : ''),
  'lock-lost': ({ text }) => text,
  'lock-not-released': ({ lock, why }) =>
    `could not release the lock ${lock} (${why}); your next command on this machine takes it over`,
  'revocation-announced': ({ generation, signsSince, signerCacheSeconds }) =>
    [
      `this invalidates all unexpired URLs and cookies signed with ${generation}${signsSince === null ? '' : `, which has signed since ${instant(signsSince)}`}`,
      'their viewers get 403 InvalidKey for the next playlist or segment, until the page gets new cookies or URLs',
      ...(signsSince === null
        ? []
        : [
            `signers that are not restarted use the key for up to ${seconds(signerCacheSeconds)} more; what they sign is denied`,
          ]),
    ].join('\n'),
  revoked: ({ generation, deployedAt, afterSeconds, trusted }) =>
    `done: CloudFront no longer trusts ${generation}, deployed at ${instant(deployedAt)}, ${seconds(afterSeconds)} after the start; ` +
    `it trusts ${listed(trusted)}`,
  'backends-to-update': ({ signBy }) =>
    signBy === 'kms'
      ? 'next: deploy the backends so that they read the secret; those that sign by KMS still use the revoked key, and CloudFront denies what they sign'
      : 'next: restart the backends, or call refreshNow() in them; until then CloudFront denies what they sign with the revoked key',
  rotated: ({ generation }, environment) =>
    `done: ${generation} signs, and CloudFront trusts no other key of "${environment}"`,
  'not-due': ({ generation, ageSeconds, minAgeDays }) =>
    `nothing to do: ${generation} has been active for ${seconds(ageSeconds)}, less than ${minAgeDays} days`,
  paused: ({ until, instruction }, environment) =>
    until === 'commit'
      ? `paused: commit envs/keys/${environment}, then ${instruction}, then run rotate again`
      : `paused: next is ${instruction}; run rotate again after that`,
  failed: ({ text }) => text,
};

/** What a person reads. */
export function sentenceOf(event: KeysEvent, environment: string): string {
  const { [event.event]: sentence } = SENTENCES as Record<string, (one: KeysEvent, name: string) => string>;
  const text = sentence?.(event, environment) ?? '';
  return isChange(event) ? `changed: ${text}` : text;
}

/** What a program reads: one line of JSON. */
export function jsonOf(event: KeysEvent, environment: string, at: Date): string {
  // The sentence of an event with a text is that text.
  const { event: name, text: _text, ...rest } = { text: '', ...event };
  const message = sentenceOf(event, environment).trim();
  return JSON.stringify({ at: at.toISOString(), environment, event: name, ...rest, message });
}

function awaitedText({ awaits, generation }: Awaited): string {
  switch (awaits) {
    case 'edges':
      return `every edge to learn of ${generation}`;
    case 'signers':
      return `signers to load ${generation}`;
    case 'signatures':
      return `signatures made with ${generation} to expire`;
  }
}

function listed(generations: readonly string[]): string {
  return generations.join(', ') || 'no key';
}

function seconds(count: number): string {
  return span(count * 1000);
}

/** To the second, as the status shows it. */
function instant(iso: string): string {
  return `${iso.slice(0, 19)}Z`;
}
