import { describe, expect, it } from 'vitest';
import { type Resource, StackGraph } from '../../../aws/stack/stack-graph.ts';
import {
  interpolate,
  parseTemplate,
  type Reference,
  referencesIn,
  variablesIn,
} from '../../../aws/stack/template.ts';
import { policiesIn } from '../../../envs/guardrails/policies.ts';
import { ref } from '../../envs/synthesized.ts';

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

describe('a text with references', () => {
  const resolve = ({ address, attribute }: Reference) => (attribute === 'arn' ? `<${address}>` : null);

  it('has in their place what they come to, and keeps those that nobody knows', () => {
    const text = `${ref('aws_s3_bucket.a-1.arn')}/* ${ref('aws_s3_bucket.b.id')} ${ref('aws_s3_bucket.b.arn')}`;
    expect(interpolate(text, resolve)).toBe(
      `<aws_s3_bucket.a-1>/* ${ref('aws_s3_bucket.b.id')} <aws_s3_bucket.b>`,
    );
  });

  it('keeps functions, variables of policies, and what a template escapes', () => {
    for (const text of [
      ref('replace(aws_s3_bucket.b.arn, "x", "y")'),
      ref('aws:username'),
      `$${ref('aws_s3_bucket.b.arn')}`,
      'aws_s3_bucket.b.arn',
    ]) {
      expect(interpolate(text, resolve)).toBe(text);
    }
  });
});

describe('an output', () => {
  it('is its value with the references in it', () => {
    const graph = new StackGraph({ output: { id: { value: ref('aws_s3_bucket.b.id') } } });
    expect([graph.output('id'), graph.output('other')]).toEqual([ref('aws_s3_bucket.b.id'), undefined]);
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
      { effect: 'Allow', actions: ['s3:*'], resources: ['*'], principals: [{ kind: 'AWS', id: '*' }] },
    ]);
  });

  it('are unread when they come from anywhere else', () => {
    const [policy] = policiesIn(withDocument(ref('data.terraform_remote_state.d.json')), 'identity');
    expect(policy).toMatchObject({ statements: undefined });
  });
});

describe('a resource', () => {
  const graph = new StackGraph({
    provider: {
      aws: [
        { region: 'eu-central-1', allowed_account_ids: ['111122223333'] },
        { alias: 'global', region: 'us-east-1', allowed_account_ids: ['111122223333'] },
      ],
    },
    resource: {
      aws_sns_topic: { a: {}, b: { provider: 'aws.global' }, c: { provider: 'aws.gone' } },
      aws_sns_topic_policy: { twice: { arn: `${ref('aws_sns_topic.a.arn')} ${ref('aws_sns_topic.a.id')}` } },
    },
  });
  const topic = (name: string) => graph.at(`aws_sns_topic.${name}`) as Resource;

  it('is in the region of its provider, whatever that is called', () => {
    expect(['a', 'b', 'c'].map((name) => graph.regionOf(topic(name)))).toEqual([
      'eu-central-1',
      'us-east-1',
      undefined,
    ]);
  });

  it('is referred to once by a resource that names it twice', () => {
    expect(graph.referrers(topic('a'), 'aws_sns_topic_policy', 'arn')).toHaveLength(1);
    expect(graph.referrers(topic('b'), 'aws_sns_topic_policy', 'arn')).toEqual([]);
  });

  it('has the provider without an alias, wherever that stands', () => {
    const { aws } = { aws: [{ alias: 'global', region: 'us-east-1' }, { region: 'eu-west-1' }] };
    expect(new StackGraph({ provider: { aws } }).defaultProvider).toEqual({ region: 'eu-west-1' });
    expect(new StackGraph({}).defaultProvider).toEqual({});
  });

  it('belongs to the accounts that the providers may touch', () => {
    expect([...graph.accounts]).toEqual(['111122223333']);
  });
});
