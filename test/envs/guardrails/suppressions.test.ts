import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StackGraph } from '../../../aws/stack/stack-graph.ts';
import { judgeStrictly } from '../../../envs/guardrails/check.ts';
import { refuseViolations } from '../../../envs/guardrails/index.ts';
import { GuardrailError, reportJson, reportText } from '../../../envs/guardrails/report.ts';
import type { GuardrailViolation } from '../../../envs/guardrails/rule.ts';
import { rules } from '../../../envs/guardrails/rules/index.ts';
import { judgeSuppressions } from '../../../envs/guardrails/suppressed.ts';
import type { Suppression } from '../../../envs/guardrails/suppressions.ts';
import { inspected, type Json, restate, rewrite, type StackName } from './mutated.ts';
import { mutations } from './mutations.ts';

const suppression: Suppression = {
  rule: 's3-prod-keeps-objects',
  stack: 'prod',
  resource: 'aws_s3_bucket.outputs',
  reason: 'outputs are made anew from masters while we move buckets',
  expires: '2026-12-31',
};
const DELIVERY = 'aws_cloudfront_distribution.delivery';
const thumbnails: Suppression = {
  ...suppression,
  rule: 'cf-trusted-key-group',
  resource: DELIVERY,
  behaviour: 'books/*/thumbnails/*',
};

const forceDestroy = (json: Json): void => {
  for (const name of ['masters', 'outputs']) json.resource.aws_s3_bucket[name].force_destroy = true;
};
const onlyOutputs = (json: Json): void => {
  json.resource.aws_s3_bucket.outputs.force_destroy = true;
};
const behavioursOf = (json: Json): Json[] => {
  const { ordered_cache_behavior: ordered, default_cache_behavior: rest } =
    json.resource.aws_cloudfront_distribution.delivery;
  return [...ordered, rest];
};
/** Takes the key group from the behaviours that `taken` names, `(default)` among them. */
const public_ =
  (taken: readonly string[]) =>
  (json: Json): void => {
    for (const behaviour of behavioursOf(json)) {
      if (taken.includes(behaviour.path_pattern ?? '(default)')) delete behaviour.trusted_key_groups;
    }
  };
const at = (now: string, mutate = onlyOutputs, by = suppression) =>
  inspected('prod', mutate, { suppressions: [by], now: new Date(now) });
const by = (list: readonly Suppression[], mutate: (json: Json) => void) =>
  inspected('prod', mutate, { suppressions: list });
const named = ({ rule, address, part, found }: GuardrailViolation) =>
  JSON.stringify([rule.id, address, part, found]);

describe('a suppression', () => {
  it('holds back its rule on its resource and on no other', () => {
    const report = at('2026-11-20T00:00:00Z', forceDestroy);
    expect(report.violations.map(({ address }) => address)).toEqual(['aws_s3_bucket.masters']);
    expect(report.suppressed.map(({ violation }) => violation.address)).toEqual(['aws_s3_bucket.outputs']);
    expect(report.faults).toEqual([]);
  });

  it('is not expired in the last second of its last day', () => {
    expect(at('2026-12-31T23:59:59Z').expired).toEqual([]);
  });

  it('is expired a second later, and still lets synth pass', () => {
    const report = at('2027-01-01T00:00:00Z');
    expect(report.expired).toEqual([suppression]);
    expect(() => refuseViolations([report])).not.toThrow();
  });

  it('fails the check once it is expired, by name', () => {
    const { passed, output } = judgeStrictly([at('2027-01-01T00:00:00Z')], [suppression], 'text');
    expect(passed).toBe(false);
    expect(output).toContain('s3-prod-keeps-objects on aws_s3_bucket.outputs in prod expired on 2026-12-31');
  });

  it('passes the check until then', () => {
    expect(judgeStrictly([at('2026-12-31T00:00:00Z')], [suppression], 'text').passed).toBe(true);
  });
});

describe('a suppression of one behaviour', () => {
  const patterns = (() => {
    const found: string[] = [];
    inspected('prod', (json) => {
      found.push(...behavioursOf(json).map(({ path_pattern: pattern = '(default)' }) => pattern));
    });
    return found;
  })();

  it('leaves every other finding standing, whatever else loses its key group', () => {
    fc.assert(
      fc.property(fc.subarray(patterns, { minLength: 1 }), fc.nat(), (taken, choice) => {
        const behaviour = taken[choice % taken.length] ?? '';
        const before = inspected('prod', public_(taken));
        const after = by([{ ...thumbnails, behaviour }], public_(taken));
        expect(before.violations).toHaveLength(taken.length);
        expect(after.faults).toEqual([]);
        expect(after.suppressed.map(({ violation }) => violation.part)).toEqual([{ behaviour }]);
        expect(after.violations.map(named)).toEqual(
          before.violations.filter(({ part }) => part?.behaviour !== behaviour).map(named),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('does not cover old signers of the same behaviour', () => {
    const report = by([thumbnails], (json) => {
      public_(['books/*/thumbnails/*'])(json);
      for (const one of behavioursOf(json)) one.trusted_signers = ['self'];
    });
    expect(report.violations).toHaveLength(patterns.length);
    expect(report.violations.every(({ part }) => part?.argument === 'trusted_signers')).toBe(true);
  });

  it('never moves to another behaviour', () => {
    const report = by([thumbnails], public_(['books/*']));
    expect(report.violations.map(({ part }) => part)).toEqual([{ behaviour: 'books/*' }]);
    expect(report.faults).toMatchObject([{ kind: 'finds-nothing' }]);
  });
});

describe('a suppression of the default behaviour', () => {
  const byDefault: Suppression = { ...thumbnails, behaviour: '(default)' };

  it.each(['*', 'default', '(default)'])(
    'holds nothing of an ordered one with the path pattern %s',
    (pattern) => {
      const report = by([byDefault], (json) => {
        const [first, ...others] = behavioursOf(json);
        first.path_pattern = pattern;
        for (const open of [first, others.at(-1)]) delete open.trusted_key_groups;
      });
      const held = report.suppressed.map(({ violation }) => violation.found);
      expect(report.faults).toEqual([]);
      expect(held).toEqual([expect.stringContaining('the default behaviour: ')]);
      expect(report.violations).toMatchObject([
        { found: expect.stringContaining(`behaviour "${pattern}": `) },
      ]);
    },
  );

  it('does not depend on a path pattern that the default behaviour says', () => {
    const report = by([{ ...thumbnails, behaviour: 'books/*' }], (json) => {
      const rest = json.resource.aws_cloudfront_distribution.delivery.default_cache_behavior;
      Object.assign(rest, { path_pattern: 'books/*', trusted_key_groups: [] });
    });
    expect(report.violations).toMatchObject([{ part: { behaviour: '(default)' } }]);
    expect(report.faults).toMatchObject([{ kind: 'finds-nothing' }]);
  });
});

describe('the same finding', () => {
  const writing: Suppression = {
    ...suppression,
    rule: 's3-cloudfront-exact',
    resource: 'aws_s3_bucket_policy.outputs',
    statement: 'AllowCloudFrontRead',
    action: 's3:PutObject',
  };
  const allowWriting = (actions: readonly string[], times: number) => (json: Json) =>
    rewrite(json.resource.aws_s3_bucket_policy.outputs, (document) => {
      const read = document.Statement.find(({ Sid }: Json) => Sid === writing.statement);
      read.Action = ['s3:GetObject', ...actions];
      for (let more = 1; more < times; more += 1) document.Statement.push(structuredClone(read));
    });

  it('counts once in one statement', () => {
    const report = by([writing], allowWriting(['s3:PutObject', 's3:PutObject'], 1));
    expect(report.violations).toEqual([]);
    expect(report.suppressed).toHaveLength(1);
    expect(report.faults).toEqual([]);
  });

  it('counts twice in two statements with one Sid, and nothing suppresses both', () => {
    const report = by([writing], allowWriting(['s3:PutObject'], 2));
    expect(report.violations).toHaveLength(2);
    expect(report.faults).toMatchObject([{ kind: 'not-one-finding' }]);
    expect(reportText(report)).toContain('several findings have the same name');
  });

  it('counts twice in two behaviours with one path pattern, and nothing suppresses both', () => {
    const report = by([{ ...thumbnails, behaviour: 'books/*' }], (json) => {
      public_(['books/*'])(json);
      const { ordered_cache_behavior: ordered } = json.resource.aws_cloudfront_distribution.delivery;
      const twin = ordered.find(({ path_pattern: pattern }: Json) => pattern === 'books/*');
      ordered.push(structuredClone(twin));
    });
    expect(report.violations).toHaveLength(2);
    expect(report.faults).toMatchObject([{ kind: 'not-one-finding' }]);
  });
});

describe('public thumbnails', () => {
  const patternsOf = (stack: StackName) => {
    const found: string[] = [];
    inspected(stack, (json) => {
      found.push(...behavioursOf(json).map(({ path_pattern: pattern = '(default)' }) => pattern));
    });
    return found;
  };

  it('let no other behaviour lose its key group unseen', () => {
    fc.assert(
      fc.property(fc.subarray(patternsOf('maximum')), (taken) => {
        const { violations } = inspected('maximum', public_(taken));
        expect(violations.map(({ part }) => part?.behaviour)).toEqual(
          taken.filter((pattern) => pattern !== 'lessons/*/thumbnails/*'),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('a suppression is refused by synth and by the check', () => {
  const { behaviour: _none, ...wide } = thumbnails;
  const twoSids = (json: Json): void => {
    const policy = json.resource.aws_s3_bucket_policy.outputs;
    restate(policy, 'AllowCloudFrontRead', (statement) => {
      statement.Sid = '';
      statement.Action = ['s3:GetObject', 's3:PutObject'];
    });
  };

  it.each([
    [
      'of a whole distribution',
      wide,
      public_(['books/*', '(default)']),
      'not-one-finding',
      'covers 2 findings',
    ],
    [
      'of a distribution with one finding',
      wide,
      public_(['books/*']),
      'not-one-finding',
      "behaviour: 'books/*'",
    ],
    [
      'of a resource that is not there',
      { ...thumbnails, resource: 'aws_cloudfront_distribution.other' },
      public_(['books/*/thumbnails/*']),
      'no-such-resource',
      `expected one of ${DELIVERY}`,
    ],
    [
      'of a resource type alone',
      { ...suppression, resource: 'aws_s3_bucket' },
      onlyOutputs,
      'no-such-resource',
      'correct or remove it in envs/guardrails/suppressions.ts',
    ],
    [
      'of a behaviour that is not there',
      { ...thumbnails, behaviour: 'lessons/*/thumbnails/*' },
      public_(['books/*/thumbnails/*']),
      'no-such-part',
      'expected one of books/*.m3u8, books/*/thumbnails/*',
    ],
    [
      'of an origin that is not there',
      { ...suppression, rule: 'cf-origin-access-control', resource: DELIVERY, origin: 'other' },
      () => {},
      'no-such-part',
      'expected one of hls-outputs',
    ],
    [
      'of a statement that is not there',
      {
        ...suppression,
        rule: 's3-cloudfront-exact',
        resource: 'aws_s3_bucket_policy.outputs',
        statement: 'Other',
        action: 's3:PutObject',
      },
      () => {},
      'no-such-part',
      'AllowCloudFrontRead',
    ],
    ['of what was corrected', thumbnails, () => {}, 'finds-nothing', 'correct or remove it'],
    ['of what another one suppresses', suppression, onlyOutputs, 'repeated', 'names a finding that another'],
    [
      'of a statement without a name',
      { ...suppression, rule: 's3-cloudfront-exact', resource: 'aws_s3_bucket_policy.outputs' },
      twoSids,
      'not-one-finding',
      'give the statement a Sid first',
    ],
    ['of no rule', { ...suppression, rule: 's3-nonsense' }, onlyOutputs, 'no-such-rule', 'names no rule'],
    ['without a resource', { ...suppression, resource: '' }, onlyOutputs, 'malformed', 'no resource'],
    ['with an empty part', { ...suppression, behaviour: '' }, onlyOutputs, 'malformed', 'an empty behaviour'],
    ['without a reason', { ...suppression, reason: 'later' }, onlyOutputs, 'malformed', 'no reason'],
    [
      'with the reason of the example',
      { ...suppression, reason: '<why, and what ends it>' },
      onlyOutputs,
      'malformed',
      'no reason',
    ],
    [
      'until no day',
      { ...suppression, expires: '2027-02-31' },
      onlyOutputs,
      'malformed',
      'expected a last day',
    ],
    ['until never', { ...suppression, expires: 'never' }, onlyOutputs, 'malformed', 'expected a last day'],
  ] as const)('%s', (_what, bad, mutate, kind, text) => {
    const list = kind === 'repeated' ? [suppression, bad] : [bad];
    const report = by(list, mutate);
    expect(report.faults).toMatchObject([{ kind, suppression: bad }]);
    expect(report.faults[0]?.message).toContain(text);
    if (kind !== 'repeated') expect(report.suppressed).toEqual([]);
    expect(() => refuseViolations([report])).toThrow(GuardrailError);
    expect(() => refuseViolations([report])).toThrow(text);
    const { passed, output } = judgeStrictly([report], list, 'text');
    expect(passed).toBe(false);
    expect(output).toContain(text);
  });

  it('by the check alone if its stack does not exist', () => {
    const other = { ...suppression, stack: 'production' };
    const report = by([other], () => {});
    expect(() => refuseViolations([report])).not.toThrow();
    const { passed, output } = judgeStrictly([report], [other], 'text');
    expect(passed).toBe(false);
    expect(output).toContain('names no stack: expected one of prod');
  });

  it('and its stack’s name alone does not make it hold in another stack', () => {
    const report = by([{ ...suppression, stack: 'dev' }], onlyOutputs);
    expect(report.violations).toHaveLength(1);
    expect(report.faults).toEqual([]);
  });
});

describe('every finding', () => {
  /** What a suppression that holds is not asked about. */
  const NO_STACK = { graph: new StackGraph({}), ruleIds: rules.map(({ id }) => id) };

  /** The suppression that a failure shows, as somebody copies it. */
  function copied(line: string): Suppression {
    const json = line.replaceAll(
      /(\w+): '([^']*)'/g,
      (_all, name, value) => `"${name}": ${JSON.stringify(value)}`,
    );
    return { ...JSON.parse(json), reason: suppression.reason, expires: suppression.expires };
  }

  it.each(mutations)(
    'of $rule has a suppression that covers it alone: $what',
    ({ stack = 'prod', mutate }) => {
      const before = inspected(stack, mutate);
      const lines = reportJson(before).violations.map(({ accept }) => accept);
      const possible = lines.flatMap((line, index) => (line.startsWith('{') ? [{ line, index }] : []));
      for (const { line, index } of possible) {
        const { held, faults } = judgeSuppressions([copied(line)], {
          ...NO_STACK,
          stack,
          violations: before.violations,
        });
        expect(faults).toEqual([]);
        expect([...held.keys()]).toEqual([before.violations[index]]);
      }
      expect(lines.filter((line) => line.includes('several findings have the same name'))).toEqual([]);
    },
  );

  it('of many mistakes at once has one that covers it alone', () => {
    const inStack = (name: StackName) => mutations.filter(({ stack = 'prod' }) => stack === name);
    fc.assert(
      fc.property(fc.subarray(inStack('prod'), { minLength: 2, maxLength: 12 }), fc.nat(), (some, choice) => {
        const mutate = (json: Json): void => {
          for (const one of some) {
            try {
              one.mutate(json);
            } catch {
              // An earlier one removed what this one would break.
            }
          }
        };
        const before = inspected('prod', mutate);
        const lines = reportJson(before).violations.map(({ accept }) => accept);
        const index = choice % Math.max(1, lines.length);
        const line = lines[index] ?? '';
        if (!line.startsWith('{')) return;
        const after = inspected('prod', mutate, { suppressions: [copied(line)] });
        expect(after.faults).toEqual([]);
        expect(after.violations.map(named)).toEqual(
          before.violations.filter((_one, at) => at !== index).map(named),
        );
      }),
      { numRuns: 100 },
    );
  });
});

describe('a report', () => {
  const report = inspected('prod', forceDestroy);

  it('stops synth with every violation at once: rule, address, found, expected, why and the line that accepts it', () => {
    const refuse = () => refuseViolations([inspected('dev'), report]);
    expect(refuse).toThrow(GuardrailError);
    expect(refuse).toThrow(
      [
        'stack "prod": 2 guardrail violations',
        '  s3-prod-keeps-objects aws_s3_bucket.masters',
        '    found:    force_destroy true',
        '    expected: force_destroy false in prod',
        '    why:      force_destroy empties a bucket before it deletes it, all versions included',
        "    accept:   { rule: 's3-prod-keeps-objects', stack: 'prod', resource: 'aws_s3_bucket.masters', reason: '<why, and what ends it>', expires: '<its last day, YYYY-MM-DD>' }",
        '  s3-prod-keeps-objects aws_s3_bucket.outputs',
      ].join('\n'),
    );
  });

  it('says where suppressions are written, and names the part of the resource', () => {
    const text = reportText(inspected('prod', public_(['books/*.ts'])));
    expect(text).toContain(
      "accept:   { rule: 'cf-trusted-key-group', stack: 'prod', resource: 'aws_cloudfront_distribution.delivery', behaviour: 'books/*.ts', reason: ",
    );
    expect(text).toContain('into envs/guardrails/suppressions.ts');
  });

  it('names Checkov’s ids where there are some', () => {
    const acl = inspected('prod', (json) => {
      json.resource.aws_s3_bucket.outputs.acl = 'public-read';
    });
    expect(() => refuseViolations([acl])).toThrow(
      's3-no-acl (CKV_AWS_20, CKV_AWS_57, CKV_AWS_375) aws_s3_bucket.outputs',
    );
  });

  it('is the same as JSON', () => {
    const { passed, output } = judgeStrictly([report], [], 'json');
    expect(passed).toBe(false);
    expect(JSON.parse(output)).toEqual({ passed: false, faults: [], stacks: [reportJson(report)] });
    expect(reportJson(report).violations[0]).toEqual({
      rule: 's3-prod-keeps-objects',
      title: 'destroying prod does not destroy its videos',
      checkov: [],
      address: 'aws_s3_bucket.masters',
      part: {},
      found: 'force_destroy true',
      wanted: 'force_destroy false in prod',
      why: 'force_destroy empties a bucket before it deletes it, all versions included',
      accept:
        "{ rule: 's3-prod-keeps-objects', stack: 'prod', resource: 'aws_s3_bucket.masters', reason: '<why, and what ends it>', expires: '<its last day, YYYY-MM-DD>' }",
    });
  });
});
