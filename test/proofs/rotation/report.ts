/** What the proof says: a table for the terminal, JSON for machines, a plot, and what is wrong. */
import type { Found } from './canary.ts';
import type { TrustChange } from './judge.ts';
import type { Lifetimes } from './local-run.ts';
import type { Credential } from './messages.ts';
import { drawPlot, type PlottedGeneration, type Span } from './plot.ts';
import { type ActiveKey, type Return, returnComplaints, returnsOf } from './returns.ts';
import { judgedOf, type Tally, type Verdicts, wrongOf } from './verdicts.ts';

export interface Event {
  readonly at: number;
  readonly text: string;
}

export interface Facts {
  readonly verdicts: Verdicts;
  readonly activeKeys: readonly ActiveKey[];
  readonly revokedAt: ReadonlyMap<string, number>;
  readonly events: readonly Event[];
  /** When a signer went over to which key. */
  readonly pickUps: readonly { readonly at: number; readonly to: string }[];
  readonly trust: readonly TrustChange[];
  /** When a generation's file went, after which the next apply drops its key. */
  readonly fileGoneAt: ReadonlyMap<string, number>;
  /** Where the third rotation was killed. */
  readonly kills: readonly string[];
  readonly credentials: readonly Credential[];
  readonly lifetimes: Lifetimes;
  /** How many calls of one signer Secrets Manager refused. */
  readonly throttled: number;
  readonly canary: Found;
  /** Of what is no verdict. */
  readonly complaints: readonly string[];
}

export interface Report {
  readonly table: string;
  readonly json: string;
  readonly svg: string;
  /** Empty when all is as it should be. */
  readonly complaints: readonly string[];
}

interface Generation {
  readonly generation: string;
  readonly keyPairId: string;
  /** Seconds since the first request. */
  readonly trusted: Span;
  readonly active: Span;
  /** Seconds until the last signer had it; null for the first key. */
  readonly pickedUpAfterSeconds: number | null;
  /** From the end of the last signature that a viewer had of it until its file went; null while that is there. */
  readonly retiredAfterSeconds: number | null;
  readonly isRevoked: boolean;
  readonly tally: Tally;
  /** Of viewers, after it was taken from them. */
  readonly viewersDenied: { readonly count: number; readonly from: number; readonly to: number } | null;
}

const MAKERS = [
  ['signer', 'viewers, and those who go on after the end'],
  ['returning', 'viewers, by a signer that had been idle: its first'],
  ['tampered', 'a policy with its end moved on'],
  ['thief', 'somebody who has the private key, for an hour'],
  ['nobody', 'no signature at all'],
] as const;

export function reportOf(facts: Facts): Report {
  const { verdicts, canary } = facts;
  const generations = facts.activeKeys.map((key, index) => generationOf(key, index, facts));
  const returns = returnsOf(facts);
  const complaints = [
    ...wrongOnes(verdicts),
    ...missing(generations),
    ...returnComplaints(returns, { ...facts, ...facts.lifetimes }),
    ...canary.found.map((place) => `a private key is in ${place}`),
    ...facts.complaints,
  ];
  return {
    table: tableOf(generations, returns, facts),
    json: jsonOf(generations, returns, facts, complaints),
    svg: drawPlot({
      title:
        'Requests by key generation: two rotations, a revoked key, and a rotation killed at every change',
      seconds: Math.ceil((verdicts.lastAt - verdicts.firstAt) / 1000),
      generations: generations.map((generation) => plotted(generation, verdicts)),
      events: facts.events.map(({ at, text }) => ({ second: secondsOf(at, verdicts), text })),
    }),
    complaints,
  };
}

function generationOf({ generation, keyPairId, at }: ActiveKey, index: number, facts: Facts): Generation {
  const { verdicts, trust, activeKeys, pickUps } = facts;
  const second = (instant: number) => secondsOf(instant, verdicts);
  const since = trust.find(({ keyPairIds }) => keyPairIds.has(keyPairId));
  const until = trust.find(
    (change) => since && change.until > since.until && !change.keyPairIds.has(keyPairId),
  );
  const lastPickUp = Math.max(0, ...pickUps.filter(({ to }) => to === keyPairId).map((pickUp) => pickUp.at));
  const denied = verdicts.viewersDenied.get(keyPairId);
  const goneAt = facts.fileGoneAt.get(generation);
  const lastEnd = verdicts.lastEnd.get(keyPairId);
  return {
    generation,
    keyPairId,
    trusted: { from: second(since?.until ?? verdicts.lastAt), to: second(until?.until ?? verdicts.lastAt) },
    active: { from: second(at), to: second(activeKeys[index + 1]?.at ?? verdicts.lastAt) },
    pickedUpAfterSeconds: index === 0 || lastPickUp === 0 ? null : Math.round((lastPickUp - at) / 100) / 10,
    retiredAfterSeconds:
      goneAt === undefined || lastEnd === undefined ? null : Math.round((goneAt - lastEnd) / 100) / 10,
    isRevoked: facts.revokedAt.has(keyPairId),
    tally: verdicts.byKey.get(keyPairId) ?? verdicts.all,
    viewersDenied: denied
      ? { count: denied.count, from: second(denied.firstAt), to: second(denied.lastAt) }
      : null,
  };
}

function wrongOnes({ all, wrong }: Verdicts): string[] {
  if (wrongOf(all) === 0) return [];
  const sums = `${all.wronglyDenied} wrongly denied, ${all.wronglyAllowed} wrongly allowed, ${all.wrongCode} with another code, ${all.failed} failed`;
  return [sums, ...wrong.map((one) => `  ${JSON.stringify(one)}`)];
}

/** A proof that shows too little proves nothing. */
function missing(generations: readonly Generation[]): string[] {
  const found: string[] = [];
  if (generations.length !== 5) {
    found.push(`expected 5 generations (three rotations and a revocation), got ${generations.length}`);
  }
  for (const { generation, tally, isRevoked, viewersDenied, retiredAfterSeconds } of generations) {
    if (tally.allowed === 0) found.push(`nothing was allowed by ${generation}`);
    // Chance and a slow apply may hide it: nobody asked in that moment.
    if (!isRevoked && (retiredAfterSeconds ?? 0) < 0) {
      found.push(
        `${generation} was retired ${-(retiredAfterSeconds ?? 0)} s before its last signature ended`,
      );
    }
    if (viewersDenied !== null && !isRevoked)
      found.push(`viewers were denied by ${generation}, which was not revoked`);
  }
  for (const { generation, tally } of generations.slice(0, -1)) {
    if (tally.denied === 0) found.push(`nothing was denied by ${generation} after it was dropped`);
  }
  return found;
}

function tableOf(
  generations: readonly Generation[],
  returns: readonly Return[],
  { verdicts, lifetimes, canary, kills, throttled }: Facts,
): string {
  const { all } = verdicts;
  const span = ({ from, to }: Span) => `${from}–${to} s`;
  const byGeneration = [
    [
      'generation',
      'trusted',
      'signs',
      'all signers after',
      'retired after last end',
      'allowed',
      'denied',
      'either',
      'wrong',
    ],
    ...generations.map((one) => [
      one.generation + (one.isRevoked ? ' (revoked)' : ''),
      span(one.trusted),
      span(one.active),
      one.pickedUpAfterSeconds === null ? '–' : `${one.pickedUpAfterSeconds} s`,
      one.retiredAfterSeconds === null ? '–' : `${one.retiredAfterSeconds} s`,
      ...counts(one.tally),
    ]),
  ];
  const byMaker = [
    ['made by', 'allowed', 'denied', 'either', 'wrong'],
    ...MAKERS.flatMap(([made, text]) => {
      const tally = verdicts.byMaker.get(made);
      return tally ? [[text, ...counts(tally)]] : [];
    }),
    ['all', ...counts(all)],
  ];
  const revoked = generations.find(({ viewersDenied }) => viewersDenied !== null);
  return [
    `lifetimes: a signer keeps a key for ${lifetimes.signerCacheSeconds} s, a signature is good for ${lifetimes.longestSignatureSeconds} s at most`,
    '',
    aligned(byGeneration),
    '',
    aligned(byMaker),
    '',
    `${number(judgedOf(all))} requests judged: ${all.wronglyDenied} denied that should have been allowed, ${all.wronglyAllowed} allowed that should have been denied`,
    ...(revoked?.viewersDenied
      ? [
          `revoked: ${revoked.viewersDenied.count} requests of viewers denied, from ${revoked.viewersDenied.from} s to ${revoked.viewersDenied.to} s; then all had new signatures`,
        ]
      : []),
    `idle signer: ${returns.map(({ by, idleSeconds }) => (idleSeconds === null ? `first ${by}` : `after ${idleSeconds} s ${by}`)).join(', ')}`,
    `throttled signer: went on with its key while Secrets Manager refused ${throttled} calls`,
    `rotation 3: killed ${kills.length} times and run again each time`,
    `private keys: ${canary.keys} looked for in ${canary.files} files, ${canary.passing} states of files that came and went, ${canary.members} members of archives, ` +
      `${canary.argumentLists} argument lists and ${canary.environments} environments, found in ${canary.found.length}`,
  ].join('\n');
}

function counts(tally: Tally): string[] {
  return [tally.allowed, tally.denied, tally.either, wrongOf(tally)].map(number);
}

function jsonOf(
  generations: readonly Generation[],
  returns: readonly Return[],
  facts: Facts,
  complaints: readonly string[],
): string {
  const { verdicts, events, lifetimes, canary, trust, credentials, kills, throttled } = facts;
  const { from, to } = { from: new Date(verdicts.firstAt), to: new Date(verdicts.lastAt) };
  return `${JSON.stringify(
    {
      from,
      to,
      lifetimes,
      judged: judgedOf(verdicts.all),
      all: verdicts.all,
      madeBy: Object.fromEntries(verdicts.byMaker),
      generations: generations.map((one) => ({
        ...one,
        signatures: credentials.filter(({ text }) => text.includes(one.keyPairId)).length,
        perSecond: [...(verdicts.bySecond.get(one.keyPairId) ?? [])].map(([second, answers]) => ({
          second,
          ...answers,
        })),
      })),
      trust: trust.map(({ until, keyPairIds }) => ({
        second: secondsOf(until, verdicts),
        keyPairIds: [...keyPairIds],
      })),
      events: events.map(({ at, text }) => ({ second: secondsOf(at, verdicts), text })),
      kills,
      returns,
      throttled,
      canary,
      wrong: verdicts.wrong,
      complaints,
    },
    null,
    2,
  )}\n`;
}

function plotted(
  { generation, keyPairId, trusted, active }: Generation,
  { bySecond }: Verdicts,
): PlottedGeneration {
  return { generation, trusted: [trusted], active: [active], answers: bySecond.get(keyPairId) ?? new Map() };
}

function secondsOf(instant: number, { firstAt, lastAt }: Verdicts): number {
  return Math.round((Math.min(Math.max(instant, firstAt), lastAt) - firstAt) / 100) / 10;
}

function number(value: number): string {
  return value.toLocaleString('en');
}

/** Numbers to the right, words to the left. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const isNumber = rows.at(-1)?.[column]?.match(/^[\d,]+$/);
          return isNumber ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
