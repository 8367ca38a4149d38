/** No command is recommended that would be refused: each recommended one is asked, in the very state that recommends it. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dev } from '../../../envs/dev.ts';
import { prod } from '../../../envs/prod.ts';
import { type Assessment, assess } from '../../../ops/keys/assess.ts';
import type { KeysContext } from '../../../ops/keys/context.ts';
import { create } from '../../../ops/keys/create.ts';
import { sentenceOf } from '../../../ops/keys/events.ts';
import { NotConfirmedError } from '../../../ops/keys/failures.ts';
import { guardsOf } from '../../../ops/keys/guards.ts';
import type { Observation } from '../../../ops/keys/observation.ts';
import { promote } from '../../../ops/keys/promote.ts';
import { retire } from '../../../ops/keys/retire.ts';
import { revoke } from '../../../ops/keys/revoke.ts';
import { rollback } from '../../../ops/keys/rollback.ts';
import { rotate } from '../../../ops/keys/rotate.ts';
import { statusText } from '../../../ops/keys/status-table.ts';
import { refuseExampleKeys, refuseExampleValues } from '../../../ops/terraform/guard.ts';
import { type Target, UsageError } from '../../../ops/terraform/targets.ts';
import {
  ago,
  cloudFrontKey,
  NOW,
  pem,
  STEADY,
  secretWith,
  steadyBut,
  TIMING,
  version,
} from './observations.ts';

const GENERATIONS = ['2026-09-a', '2026-10-a', '2026-11-a'] as const;
const LOCAL = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' };

afterEach(() => vi.unstubAllEnvs());

/** Thrown where a command would go on to change something: it was not refused. */
class GoesOn extends Error {}

interface Place {
  readonly observation: Observation;
  readonly config: typeof prod;
  readonly env: NodeJS.ProcessEnv;
}

function contextIn({ observation, config, env }: Place): KeysContext {
  const goesOn = () => Promise.reject(new GoesOn());
  const target: Target = {
    name: config.environment,
    config,
    synthesize: () => {
      throw new GoesOn();
    },
    exampleGenerations: () =>
      observation.committed.filter(({ isExample }) => isExample).map(({ generation }) => generation),
    activeKey: () => ({ generation: observation.active, publicKey: '' }),
  };
  const guards = guardsOf(target, env, observation);
  const client = { send: goesOn };
  return {
    config,
    target,
    timing: TIMING,
    account: { cloudFront: client, secrets: client, kms: client, state: client },
    now: () => NOW,
    tell: () => undefined,
    wait: goesOn,
    requireLock: goesOn,
    confirm: async () => false,
    signal: new AbortController().signal,
    look: async () => ({ observation, assessment: assess(observation, TIMING, { guards }) }),
  } as unknown as KeysContext;
}

/** The commands that a text tells its reader to run. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/npm run (?:(apply) --|keys -- ([a-z]+))/g)].map(
    ([, apply, verb]) => apply ?? verb ?? '',
  );
}

const VERBS: Readonly<Record<string, (context: KeysContext, generation: string) => Promise<unknown>>> = {
  create: (context) => create(context),
  promote: (context) => promote(context),
  retire: (context, generation) => retire(context, generation),
  rotate: (context) => rotate(context),
  rollback: (context) => rollback(context),
  revoke: (context, generation) => revoke(context, generation),
  apply: async ({ target }) => {
    // As `npm run apply` asks them, before it synthesizes.
    refuseExampleKeys(target, process.env);
    refuseExampleValues(target, process.env);
  },
};

/** What refuses a recommended command, in its own words; null for one that goes on, or asks a person first. */
async function refusalOf(command: string, context: KeysContext): Promise<string | null> {
  const [, verb = '', generation = ''] =
    /^npm run (?:keys -- )?([a-z]+)(?: -- | )\S+(?: (\d{4}-\d{2}-[a-z]))?/.exec(command) ?? [];
  try {
    await VERBS[verb]?.(context, generation);
    return null;
  } catch (error) {
    if (error instanceof GoesOn || error instanceof NotConfirmedError) return null;
    if (!(error instanceof UsageError)) throw error;
    return error.message;
  }
}

/** Each recommended command with its arguments; one that names its earliest time is not for now. */
function recommended({ inconsistencies, next, ...rest }: Assessment, environment: string): string[] {
  const assessment = { inconsistencies, next, ...rest };
  const [step = ''] = statusText(environment, assessment, NOW).split('\n\n').slice(-1);
  const texts = [step, ...inconsistencies.map(({ remedy }) => remedy)];
  return texts
    .flatMap((text) => text.split('; '))
    .filter((clause) => !clause.includes('not before'))
    .flatMap((clause) => [...clause.matchAll(/npm run (?:apply|keys) -- [^;,()<]+/g)].map(([one]) => one))
    .filter((one) => !/^npm run keys -- (status|inject)/.test(one));
}

const seconds = fc.constantFrom(10, 1000, 100_000, 900_000);
const subset = fc.subarray([...GENERATIONS]);
const observations: fc.Arbitrary<Observation> = fc
  .record({
    files: fc.subarray([...GENERATIONS], { minLength: 1 }),
    inCloudFront: subset,
    inGroup: subset,
    example: fc.boolean(),
    isDeployed: fc.boolean(),
    elsewhere: fc.constantFrom<readonly string[]>([], [], ['books/*']),
    applied: fc.constantFrom(true, true, true, false),
    active: fc.constantFrom(...GENERATIONS),
    current: fc.option(fc.constantFrom(...GENERATIONS)),
    pending: fc.option(fc.constantFrom(...GENERATIONS)),
    previous: fc.option(fc.constantFrom(...GENERATIONS)),
    age: seconds,
    groupAge: seconds,
  })
  .map((made) => ({
    ...STEADY,
    active: made.active,
    committed: made.files.map((generation) => pem(generation, { isExample: made.example })),
    publicKeys: made.inCloudFront.map((generation) => cloudFrontKey(generation, ago(made.groupAge))),
    keyGroup: made.applied
      ? {
          id: 'group',
          name: 'storytime-prod-viewers',
          keyPairIds: made.inGroup.map((generation) => `K-${generation}`),
          modifiedAt: ago(made.groupAge),
        }
      : null,
    distribution: made.applied
      ? { id: 'E1', domainName: 'd1.cloudfront.net', isDeployed: made.isDeployed, elsewhere: made.elsewhere }
      : null,
    secret: made.applied
      ? secretWith([
          ...(made.current === null ? [] : [version(['AWSCURRENT'], made.current, ago(made.age))]),
          ...(made.pending === null ? [] : [version(['AWSPENDING'], made.pending, ago(made.age - 5))]),
          ...(made.previous === null ? [] : [version(['AWSPREVIOUS'], made.previous, ago(made.age + 9000))]),
        ])
      : null,
  }));

describe('what status recommends', () => {
  it('is refused by no guard, whatever the state, the owner of the value and the account', async () => {
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(
        observations,
        fc.constantFrom('terraform' as const, 'keys' as const),
        fc.boolean(),
        async (observation, signingSecretValue, isLocal) => {
          const env = isLocal ? LOCAL : {};
          vi.stubEnv('AWS_ENDPOINT_URL', isLocal ? LOCAL.AWS_ENDPOINT_URL : '');
          const config = { ...prod, signingSecretValue };
          const context = contextIn({ observation, config, env });
          const { assessment } = await context.look();
          for (const command of recommended(assessment, 'prod')) {
            asked += 1;
            expect([command, await refusalOf(command, context)]).toEqual([command, null]);
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(asked).toBeGreaterThan(300);
  });

  const said = async (place: Place) => {
    const { observation, assessment } = await contextIn(place).look();
    return statusText(observation.environment, assessment, NOW);
  };

  it('is no rotation where Terraform owns the value', async () => {
    const observation = steadyBut({ environment: 'dev' });
    const text = await said({ observation, config: dev, env: LOCAL });

    expect(commandsIn(text)).toEqual([]);
    expect(text).toMatch(
      /next: nothing; Terraform writes the signing key of "dev" .*set signingSecretValue to 'keys' in envs\/dev\.ts/,
    );
  });

  it('is no apply with the example key, but what to do about it', async () => {
    const observation = steadyBut({
      committed: [pem('2026-11-a', { isExample: true })],
      publicKeys: [],
      keyGroup: null,
      distribution: null,
      secret: null,
    });
    const text = await said({ observation, config: prod, env: {} });

    expect(commandsIn(text)).toEqual([]);
    expect(text).toMatch(
      /next: an apply \(adds 2026-11-a\), but not yet: envs\/keys\/prod\/2026-11-a\.pem is the example .*put your own there first/,
    );
    expect(commandsIn(await said({ observation, config: prod, env: LOCAL }))).toContain('apply');
  });

  it('is no remedy before the time of the next step', async () => {
    const both = [pem('2026-09-a'), pem('2026-11-a')];
    const observation = steadyBut({
      committed: both,
      publicKeys: both.map(({ generation }) => cloudFrontKey(generation, ago(10))),
      keyGroup: {
        id: 'group',
        name: 'storytime-prod-viewers',
        keyPairIds: both.map(({ generation }) => `K-${generation}`),
        modifiedAt: ago(10),
      },
      secret: secretWith([
        version(['AWSCURRENT'], '2026-09-a', ago(10)),
        version(['AWSPENDING'], '2026-11-a', ago(5)),
      ]),
    });
    const { assessment } = await contextIn({ observation, config: prod, env: {} }).look();

    expect(assessment.inconsistencies).toMatchObject([
      { kind: 'active-ahead', remedy: 'the step after "next" does this; run it at the time that it names' },
    ]);
    expect(assessment.next).toMatchObject({ step: 'promote', generation: '2026-11-a' });
  });

  it('goes on with a rotation by rotate', async () => {
    const observation = steadyBut({ committed: [pem('2026-11-a'), pem('2026-11-b')] });

    expect(await said({ observation, config: prod, env: LOCAL })).toMatch(
      /next: npm run apply -- prod \(adds 2026-11-b\); npm run keys -- rotate prod does this and the rest of the rotation$/,
    );
  });
});

describe('rotate, before it asks', () => {
  it('says the whole wait and its end in one line', async () => {
    const events: unknown[] = [];
    const context = contextIn({ observation: STEADY, config: prod, env: LOCAL });
    const asked: unknown[] = [];
    const rotation = rotate({
      ...context,
      tell: (event) => void events.push(sentenceOf(event, 'prod')),
      confirm: async (question) => {
        asked.push(...events, question);
        return false;
      },
    });

    await expect(rotation).rejects.toThrow(NotConfirmedError);
    expect(asked).toEqual([
      'a rotation waits 5 min for the edges to learn of the new key and 1 d for signatures made with the old key to ' +
        'expire: 1 d in all, until 2026-11-21T12:11:00Z at the earliest (safe to interrupt)',
      expect.stringContaining('start a rotation?'),
    ]);
  });
});

describe('what is said of files', () => {
  const NEW = steadyBut({ committed: [pem('2026-11-a'), pem('2026-11-b')] });

  it.each<[string, ReadonlySet<string> | null, string]>([
    ['git has', new Set(['2026-11-a.pem', '2026-11-b.pem']), '2026-11-b is committed, and CloudFront'],
    [
      'git does not know',
      new Set(['2026-11-a.pem']),
      'envs/keys/prod/2026-11-b.pem exists but is not committed, and CloudFront',
    ],
    ['are there, without git', null, 'envs/keys/prod/2026-11-b.pem exists, and CloudFront'],
  ])('that %s', (_, filesInGit, found) => {
    expect(assess(NEW, TIMING, { filesInGit }).inconsistencies).toMatchObject([
      { kind: 'in-git-not-in-group', found: `${found} does not trust it yet` },
    ]);
  });
});
