import { describe, expect, it } from 'vitest';
import { policiesIn } from '../../../envs/guardrails/policies.ts';
import {
  parseTemplate,
  referencesIn,
  StackGraph,
  variablesIn,
} from '../../../envs/guardrails/stack-graph.ts';
import { ref } from '../synthesized.ts';

const bucket = { resource: { aws_s3_bucket: { 'a-1': {}, b: {} } } };

describe('references', () => {
  it('are found in expressions, functions and text around them, and nowhere else', () => {
    const text = `x ${ref('aws_s3_bucket.a-1.arn')}/* ${ref('replace(aws_sqs_queue.q.arn, "/}:.*$/", "{")')} aws_iam_role.plain.arn`;
    expect(referencesIn(text)).toEqual([
      { address: 'aws_s3_bucket.a-1', attribute: 'arn' },
      { address: 'aws_sqs_queue.q', attribute: 'arn' },
    ]);
  });

  it('are none where a template escapes them', () => {
    expect(referencesIn(`$${ref('aws_s3_bucket.b.arn')}`)).toEqual([]);
  });

  it('lead to a resource only by the type and attribute asked for', () => {
    const graph = new StackGraph(bucket);
    expect(graph.target(ref('aws_s3_bucket.a-1.arn'), 'aws_s3_bucket', 'arn')?.address).toBe(
      'aws_s3_bucket.a-1',
    );
    expect(graph.target(ref('aws_s3_bucket.a-1.id'), 'aws_s3_bucket', 'arn')).toBeUndefined();
    expect(graph.target(ref('aws_s3_bucket.missing.arn'), 'aws_s3_bucket', 'arn')).toBeUndefined();
    expect(graph.target(`${ref('aws_s3_bucket.a-1.arn')}/*`, 'aws_s3_bucket', 'arn')).toBeUndefined();
    expect(graph.target('a-1', 'aws_s3_bucket', 'arn')).toBeUndefined();
  });

  it('name variables', () => {
    expect(variablesIn(ref('(var.key == "") ? "" : jsonencode({"k" = var.key_id})'))).toEqual([
      'key',
      'key_id',
    ]);
  });
});

describe('a JSON template', () => {
  it('is read with quotes inside its expressions', () => {
    const expression = ref('replace(aws_sqs_queue.q.arn, "/:.*$/", ":jobs/*")');
    expect(parseTemplate(`{"Resource":["${expression}","x"]}`)).toEqual({ Resource: [expression, 'x'] });
  });

  it('is undefined when it is not JSON', () => {
    expect(parseTemplate(ref('file("policy.json")'))).toBeUndefined();
  });
});

describe('policies', () => {
  const statement = {
    actions: ['s3:*'],
    resources: ['*'],
    principals: [{ type: 'AWS', identifiers: ['*'] }],
  };
  const withDocument = (policy: string) =>
    new StackGraph({
      data: { aws_iam_policy_document: { d: { statement: [statement] } } },
      resource: { aws_iam_policy: { p: { policy } } },
    });

  it('are followed into an aws_iam_policy_document, which allows by default', () => {
    const [policy] = policiesIn(withDocument(ref('data.aws_iam_policy_document.d.json')), 'identity');
    expect(policy?.statements).toMatchObject([
      { allows: true, actions: ['s3:*'], resources: ['*'], principals: [{ kind: 'AWS', id: '*' }] },
    ]);
  });

  it('are unread when they come from anywhere else', () => {
    const [policy] = policiesIn(withDocument(ref('data.terraform_remote_state.d.json')), 'identity');
    expect(policy).toMatchObject({ statements: undefined });
  });
});
