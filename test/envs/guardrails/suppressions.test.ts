import { describe, expect, it } from 'vitest';
import { judgeStrictly } from '../../../envs/guardrails/check.ts';
import { refuseViolations } from '../../../envs/guardrails/index.ts';
import { GuardrailError, reportJson } from '../../../envs/guardrails/report.ts';
import { type Suppression, suppressionFaults } from '../../../envs/guardrails/suppressions.ts';
import { inspected, type Json } from './mutated.ts';

const suppression: Suppression = {
  rule: 's3-prod-keeps-objects',
  stack: 'prod',
  resource: 'aws_s3_bucket.outputs',
  reason: 'outputs are made anew from masters while we move buckets',
  expires: '2026-12-31',
};

const forceDestroy = (json: Json): void => {
  for (const name of ['masters', 'outputs']) json.resource.aws_s3_bucket[name].force_destroy = true;
};
const onlyOutputs = (json: Json): void => {
  json.resource.aws_s3_bucket.outputs.force_destroy = true;
};
const at = (now: string, mutate = onlyOutputs, by = suppression) =>
  inspected('prod', mutate, { suppressions: [by], now: new Date(now) });

describe('a suppression', () => {
  it('holds back its rule on its resource and on no other', () => {
    const report = at('2026-11-20T00:00:00Z', forceDestroy);
    expect(report.violations.map(({ address }) => address)).toEqual(['aws_s3_bucket.masters']);
    expect(report.suppressed.map(({ violation }) => violation.address)).toEqual(['aws_s3_bucket.outputs']);
  });

  it.each([
    { ...suppression, stack: 'dev' },
    { ...suppression, rule: 's3-encrypted' },
    { ...suppression, resource: 'aws_s3_bucket' },
  ])('holds back nothing of another stack, rule or resource: $stack $rule $resource', (by) => {
    expect(at('2026-11-20T00:00:00Z', onlyOutputs, by).violations).toHaveLength(1);
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

  it('fails the check when it holds nothing back any more', () => {
    const { passed, output } = judgeStrictly([inspected('prod')], [suppression], 'text');
    expect(passed).toBe(false);
    expect(output).toContain('holds nothing back');
  });

  it.each([
    [{ rule: 's3-nonsense' }, 'no such rule'],
    [{ resource: '' }, 'no resource'],
    [{ reason: 'later' }, 'no reason'],
    [{ expires: '2027-02-31' }, 'wanted an expiry'],
    [{ expires: 'never' }, 'wanted an expiry'],
  ] as const)('is malformed with %j: %s', (broken, fault) => {
    expect(suppressionFaults([{ ...suppression, ...broken }], [suppression.rule]).join()).toContain(fault);
  });
});

describe('a report', () => {
  const report = inspected('prod', forceDestroy);

  it('stops synth with every violation at once: rule, address, found, wanted and why', () => {
    const refuse = () => refuseViolations([inspected('dev'), report]);
    expect(refuse).toThrow(GuardrailError);
    expect(refuse).toThrow(
      [
        'stack "prod": 2 guardrail violations',
        '  s3-prod-keeps-objects aws_s3_bucket.masters',
        '    found:  force_destroy true',
        '    wanted: force_destroy false in prod',
        '    why:    force_destroy empties a bucket before it deletes it, all versions included',
        '  s3-prod-keeps-objects aws_s3_bucket.outputs',
      ].join('\n'),
    );
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
      found: 'force_destroy true',
      wanted: 'force_destroy false in prod',
      why: 'force_destroy empties a bucket before it deletes it, all versions included',
    });
  });
});
