/** Every request with what its answer should have been: sums for the table, and by the second for the plot. */
import { createJudge, type Evidence, type Expected, isViewers, type Judged } from './judge.ts';
import type { Credential, MadeBy, Sent } from './messages.ts';

/** `failed`: neither CloudFront's yes nor its no. */
type Answer = 'allowed' | 'denied' | 'failed';

export interface Tally {
  allowed: number;
  denied: number;
  failed: number;
  /** In the moment of a change or an end, where either answer is right. */
  either: number;
  wronglyAllowed: number;
  wronglyDenied: number;
  /** Denied, rightly, by a code that says something else. */
  wrongCode: number;
}

interface WrongAnswer {
  readonly at: string;
  readonly path: string;
  readonly via: Credential['via'];
  readonly made: MadeBy;
  readonly keyPairId: string | null;
  readonly expected: Expected;
  readonly because: Judged['because'];
  readonly status: number;
  readonly code: string;
}

export interface Verdicts {
  readonly all: Tally;
  readonly byMaker: ReadonlyMap<MadeBy, Tally>;
  /** By key pair id. */
  readonly byKey: ReadonlyMap<string, Tally>;
  /** By key pair id: seconds since the first request to what was answered in that second. */
  readonly bySecond: ReadonlyMap<string, ReadonlyMap<number, { allowed: number; denied: number }>>;
  /** Of viewers who had a right to watch, by key pair id: the first and the last denial, as after a leak. */
  readonly viewersDenied: ReadonlyMap<string, { count: number; firstAt: number; lastAt: number }>;
  /** By key pair id: when the last signature ended that the SDK made for a viewer. */
  readonly lastEnd: ReadonlyMap<string, number>;
  readonly wrong: readonly WrongAnswer[];
  readonly firstAt: number;
  readonly lastAt: number;
}

const WRONG_SHOWN = 20;
/** What CloudFront denies a signature with; any other 403 is about something else. */
const DENIALS = ['MissingKey', 'InvalidKey', 'MalformedPolicy', 'MalformedSignature', 'AccessDenied'];

export function judgeAll(
  seen: {
    readonly credentials: ReadonlyMap<number, Credential>;
    readonly sent: readonly Sent[];
    readonly paths: readonly string[];
  },
  evidence: Evidence,
): Verdicts {
  const judge = createJudge(evidence);
  const all = newTally();
  const byMaker = new Map<MadeBy, Tally>();
  const byKey = new Map<string, Tally>();
  const bySecond = new Map<string, Map<number, { allowed: number; denied: number }>>();
  const viewersDenied = new Map<string, { count: number; firstAt: number; lastAt: number }>();
  const lastEnd = new Map<string, number>();
  const wrong: WrongAnswer[] = [];
  const firstAt = seen.sent.reduce(
    (least, [, , sentAt]) => Math.min(least, sentAt),
    Number.POSITIVE_INFINITY,
  );
  const lastAt = seen.sent.reduce((most, [, , , answeredAt]) => Math.max(most, answeredAt), 0);

  for (const request of seen.sent) {
    const [id, pathIndex, sentAt, , status, code] = request;
    const credential = seen.credentials.get(id);
    const path = seen.paths[pathIndex];
    if (credential === undefined || path === undefined) throw new Error('a request without its credential');
    const judged = judge(credential, path, request);
    const answer = answerOf(status, code);
    const fault = faultOf(judged, answer, code);
    const { keyPairId } = judged;

    const tallies = [all, entry(byMaker, credential.made, newTally)];
    if (keyPairId !== null) tallies.push(entry(byKey, keyPairId, newTally));
    for (const tally of tallies) {
      tally[answer] += 1;
      if (judged.expected === 'either') tally.either += 1;
      if (fault !== null && fault !== 'failed') tally[fault] += 1;
    }
    if (keyPairId !== null && answer !== 'failed') {
      const second = Math.floor((sentAt - firstAt) / 1000);
      const seconds = entry(bySecond, keyPairId, () => new Map());
      entry(seconds, second, () => ({ allowed: 0, denied: 0 }))[answer] += 1;
    }
    if (keyPairId !== null && isViewers(credential)) {
      lastEnd.set(keyPairId, Math.max(judged.endsAt, lastEnd.get(keyPairId) ?? 0));
    }
    if (keyPairId !== null && judged.because === 'untrusted' && isViewers(credential)) {
      const denials = entry(viewersDenied, keyPairId, () => ({ count: 0, firstAt: sentAt, lastAt: sentAt }));
      denials.count += 1;
      denials.firstAt = Math.min(denials.firstAt, sentAt);
      denials.lastAt = Math.max(denials.lastAt, sentAt);
    }
    if (fault !== null && wrong.length < WRONG_SHOWN) {
      const { via, made } = credential;
      const { expected, because } = judged;
      const at = new Date(sentAt).toISOString();
      wrong.push({ at, path, via, made, keyPairId, expected, because, status, code });
    }
  }
  return { all, byMaker, byKey, bySecond, viewersDenied, lastEnd, wrong, firstAt, lastAt };
}

/** Requests whose answer was either right or wrong. */
export function judgedOf({ allowed, denied, either }: Tally): number {
  return allowed + denied - either;
}

export function wrongOf({ wronglyAllowed, wronglyDenied, wrongCode, failed }: Tally): number {
  return wronglyAllowed + wronglyDenied + wrongCode + failed;
}

function answerOf(status: number, code: string): Answer {
  if (status === 200) return 'allowed';
  return status === 403 && DENIALS.includes(code) ? 'denied' : 'failed';
}

function faultOf(
  { expected, codes }: Judged,
  answer: Answer,
  code: string,
): 'failed' | 'wronglyAllowed' | 'wronglyDenied' | 'wrongCode' | null {
  if (answer === 'failed') return 'failed';
  if (expected === 'deny' && answer === 'allowed') return 'wronglyAllowed';
  if (expected === 'allow' && answer === 'denied') return 'wronglyDenied';
  return expected === 'deny' && !codes.includes(code) ? 'wrongCode' : null;
}

function newTally(): Tally {
  return { allowed: 0, denied: 0, failed: 0, either: 0, wronglyAllowed: 0, wronglyDenied: 0, wrongCode: 0 };
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
