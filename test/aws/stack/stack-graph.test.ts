import { describe, expect, it } from 'vitest';
import { hiddenIn } from '../../../aws/stack/hidden.ts';
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
  const withDocument = (policy: string, more: Readonly<Record<string, unknown>> = {}) =>
    new StackGraph({
      data: { aws_iam_policy_document: { d: { statement: [statement], ...more } } },
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

  it.each([
    { source_policy_documents: [] },
    { override_policy_documents: ['{}'] },
    { dynamic: { statement: { for_each: ['x'], content: {} } } },
    { statement: [{ ...statement, dynamic: { condition: { for_each: ['x'], content: {} } } }] },
    { statement: [[statement]] },
  ])('are unread when not every statement is written out: %j', (more) => {
    const [policy] = policiesIn(withDocument(ref('data.aws_iam_policy_document.d.json'), more), 'identity');
    expect(policy).toMatchObject({ statements: undefined });
  });
});

describe('a list in place of an object', () => {
  it('hides no resource, data source, provider, output, variable or backend', () => {
    const graph = new StackGraph({
      resource: [
        { aws_sns_topic: [{ a: {} }, { b: [{ name: 'b' }, { name: 'c' }] }] },
        { aws_sqs_queue: { q: 0 } },
      ],
      data: [{}, { aws_region: [{}, { here: {} }] }],
      provider: [{ aws: [{ region: 'eu-central-1' }] }, { aws: { alias: 'global' } }],
      output: [{}, { o: {} }],
      variable: [{}, { v: {} }],
      terraform: [{ required_version: '~> 1.9' }, { backend: { s3: {} } }],
    });
    const addresses = (parts: readonly { readonly address: string }[]) => parts.map(({ address }) => address);
    expect(addresses(graph.resources)).toEqual([
      'aws_sns_topic.a',
      'aws_sns_topic.b',
      'aws_sns_topic.b',
      'aws_sqs_queue.q',
    ]);
    expect(addresses(graph.dataSources)).toEqual(['data.aws_region.here']);
    expect(addresses(graph.providers)).toEqual(['provider.aws', 'provider.aws.global']);
    expect(addresses([...graph.outputs, ...graph.variables])).toEqual(['output.o', 'variable.v']);
    expect(graph.backend?.kind).toBe('s3');
  });
});

describe('hidden blocks', () => {
  it('are found however deep, each by the names that lead there', () => {
    const body = {
      '//': { dynamic: {} },
      origin: [{ dynamic: [{ custom_header: [{}, {}] }] }],
      names: [['a', 'b']],
      statement: [[{ sid: 'a' }, { sid: 'b' }]],
      dynamic: 'x',
    };
    expect(hiddenIn(body)).toEqual([
      { form: 'dynamic', path: 'origin.custom_header' },
      { form: 'dynamic', path: 'origin.custom_header' },
      { form: 'nested list', path: 'statement' },
      { form: 'dynamic', path: 'dynamic' },
    ]);
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
