import {
  GetJobTemplateCommand,
  ListTagsForResourceCommand,
  MediaConvertClient,
} from '@aws-sdk/client-mediaconvert';
import { describe, expect, it } from 'vitest';
import { callQueryApi } from './query-api.ts';
import { errorOf, useLocalCloud } from './start.ts';

const cloud = useLocalCloud();
const call = (parameters: Record<string, string>) => callQueryApi(cloud(), 'cloudformation', parameters);

const settingsJson = {
  Inputs: [{ AudioSelectors: { 'audio one': { DefaultSelection: 'DEFAULT' } } }],
  OutputGroups: [
    { OutputGroupSettings: { Type: 'HLS_GROUP_SETTINGS', HlsGroupSettings: { SegmentLength: 6 } } },
  ],
};
function templateBody(properties: object, more: object = {}): string {
  return JSON.stringify({
    Parameters: { Description: { Type: 'String', Default: 'ladder' } },
    Resources: {
      Template: {
        Type: 'AWS::MediaConvert::JobTemplate',
        Properties: { Description: { Ref: 'Description' }, SettingsJson: settingsJson, ...properties },
      },
    },
    Outputs: {
      Name: { Value: { Ref: 'Template' } },
      Arn: { Value: { 'Fn::GetAtt': ['Template', 'Arn'] }, Description: 'for IAM' },
    },
    ...more,
  });
}
const outputOf = (xml: string, key: string) =>
  new RegExp(`<OutputKey>${key}</OutputKey><OutputValue>([^<]*)</OutputValue>`).exec(xml)?.[1];

describe('a stack in another region', () => {
  it('is made there with its job template, and is not found here', async () => {
    const region = 'eu-west-1';
    const { cloud: local } = cloud();
    const away = { cloud: { ...local, environment: { ...local.environment, AWS_REGION: region } } };
    const template = templateBody({ Name: 'away' });
    const created = await callQueryApi(away, 'cloudformation', {
      Action: 'CreateStack',
      StackName: 'away',
      TemplateBody: template.replace('"Value":{"Ref":"Template"}', '"Value":{"Ref":"AWS::Region"}'),
    });
    expect(created.text('StackId')).toMatch(`arn:aws:cloudformation:${region}:123456789012:stack/away/`);
    const { xml } = await callQueryApi(away, 'cloudformation', {
      Action: 'DescribeStacks',
      StackName: 'away',
    });
    const arn = `arn:aws:mediaconvert:${region}:123456789012:jobTemplates/away`;
    expect([outputOf(xml, 'Name'), outputOf(xml, 'Arn')]).toEqual([region, arn]);
    const client = new MediaConvertClient({ ...cloud().clientConfig(), region });
    const { JobTemplate } = await client.send(new GetJobTemplateCommand({ Name: 'away' }));
    expect(JobTemplate?.Arn).toBe(arn);
    expect((await call({ Action: 'DescribeStacks', StackName: 'away' })).status).toBe(400);
  });
});

describe('a stack with a job template', () => {
  it('makes one that the MediaConvert API shows, and gives its name and ARN', async () => {
    const created = await call({
      Action: 'CreateStack',
      StackName: 'ladder-dev',
      TemplateBody: templateBody({ Name: 'ladder-dev', Priority: -5 }),
      'Parameters.member.1.ParameterKey': 'Description',
      'Parameters.member.1.ParameterValue': 'HLS & thumbnails',
      'Tags.member.1.Key': 'environment',
      'Tags.member.1.Value': 'dev',
    });
    expect(created.text('StackId')).toMatch(
      /^arn:aws:cloudformation:us-east-1:123456789012:stack\/ladder-dev\//,
    );
    const { xml, text } = await call({ Action: 'DescribeStacks', StackName: 'ladder-dev' });
    expect(text('StackStatus')).toBe('CREATE_COMPLETE');
    expect(outputOf(xml, 'Name')).toBe('ladder-dev');
    expect(outputOf(xml, 'Arn')).toBe('arn:aws:mediaconvert:us-east-1:123456789012:jobTemplates/ladder-dev');
    expect(xml).toContain('<Tags><member><Key>environment</Key><Value>dev</Value></member></Tags>');
    const tagsOf = new ListTagsForResourceCommand({ Arn: outputOf(xml, 'Arn') });
    const { ResourceTags } = await cloud().mediaConvert.send(tagsOf);
    expect(ResourceTags?.Tags).toEqual({ environment: 'dev' });
    const { JobTemplate } = await cloud().mediaConvert.send(
      new GetJobTemplateCommand({ Name: 'ladder-dev' }),
    );
    expect(JobTemplate).toMatchObject({
      Description: 'HLS & thumbnails',
      Priority: -5,
      Settings: settingsJson,
    });
  });

  it('is updated in place, renamed by replacement, and deleted with its template', async () => {
    const { mediaConvert } = cloud();
    const [before, after] = ['before', 'after'].map((Name) => templateBody({ Name }));
    const changed = JSON.stringify({ ...settingsJson, AdAvailOffset: 7 });
    await call({ Action: 'CreateStack', StackName: 's', TemplateBody: before ?? '' });
    const unchanged = await call({ Action: 'UpdateStack', StackName: 's', TemplateBody: before ?? '' });
    expect(unchanged.text('Message')).toBe('No updates are to be performed.');
    const inPlace = templateBody({ Name: 'before', SettingsJson: JSON.parse(changed) });
    await call({ Action: 'UpdateStack', StackName: 's', TemplateBody: inPlace });
    const { JobTemplate } = await mediaConvert.send(new GetJobTemplateCommand({ Name: 'before' }));
    expect(JobTemplate?.Settings?.AdAvailOffset).toBe(7);
    await call({ Action: 'UpdateStack', StackName: 's', TemplateBody: after ?? '' });
    expect(await errorOf(mediaConvert.send(new GetJobTemplateCommand({ Name: 'before' })))).toBe(
      '404 NotFoundException',
    );
    const resources = await call({ Action: 'DescribeStackResources', StackName: 's' });
    expect(resources.text('PhysicalResourceId')).toBe('after');
    expect((await call({ Action: 'DescribeStacks', StackName: 's' })).text('StackStatus')).toBe(
      'UPDATE_COMPLETE',
    );
    await call({ Action: 'DeleteStack', StackName: 's' });
    expect(await errorOf(mediaConvert.send(new GetJobTemplateCommand({ Name: 'after' })))).toBe(
      '404 NotFoundException',
    );
    expect((await call({ Action: 'DescribeStacks', StackName: 's' })).text('Message')).toBe(
      'Stack with id s does not exist',
    );
  });

  it('answers its template as it came', async () => {
    const body = templateBody({ Description: 'a < b & "c"' });
    await call({ Action: 'CreateStack', StackName: 'verbatim', TemplateBody: body });
    const { text } = await call({ Action: 'GetTemplate', StackName: 'verbatim' });
    const unescaped = text('TemplateBody')?.replace(/&#(\d+);/g, (_, code: string) =>
      String.fromCharCode(Number(code)),
    );
    expect(unescaped).toBe(body);
  });

  it('rolls back when SettingsJson is spelled in camelCase, and says where', async () => {
    const camelCase = { outputGroups: [] };
    await call({
      Action: 'CreateStack',
      StackName: 'camel',
      TemplateBody: templateBody({ SettingsJson: camelCase }),
    });
    const { text } = await call({ Action: 'DescribeStacks', StackName: 'camel' });
    expect(text('StackStatus')).toBe('ROLLBACK_COMPLETE');
    const events = await call({ Action: 'DescribeStackEvents', StackName: 'camel' });
    expect(events.text('ResourceStatusReason')).toContain('/SettingsJson/outputGroups: expected PascalCase');
    const update = await call({ Action: 'UpdateStack', StackName: 'camel', TemplateBody: templateBody({}) });
    expect(update.text('Message')).toContain('is in ROLLBACK_COMPLETE state and can not be updated');
  });

  it('keeps what was there when an update fails', async () => {
    const good = templateBody({ Name: 'kept' });
    await call({ Action: 'CreateStack', StackName: 'careful', TemplateBody: good });
    const bad = templateBody({ Name: 'kept', SettingsJson: { inputs: [] } });
    await call({ Action: 'UpdateStack', StackName: 'careful', TemplateBody: bad });
    const { text } = await call({ Action: 'DescribeStacks', StackName: 'careful' });
    expect(text('StackStatus')).toBe('UPDATE_ROLLBACK_COMPLETE');
    const { JobTemplate } = await cloud().mediaConvert.send(new GetJobTemplateCommand({ Name: 'kept' }));
    expect(JobTemplate?.Settings).toEqual(settingsJson);
  });

  it.each([
    [
      'another resource type',
      templateBody({}, { Resources: { B: { Type: 'AWS::S3::Bucket' } } }),
      'AWS::S3::Bucket',
    ],
    ['another function', templateBody({ Description: { 'Fn::Sub': 'x' } }), 'Fn::Sub'],
    ['another section', templateBody({}, { Conditions: {} }), 'Conditions'],
    ['YAML', 'Resources:\n  T:\n    Type: AWS::MediaConvert::JobTemplate\n', 'YAML'],
  ])('answers 501 for %s, naming it', async (_, body, named) => {
    const { status, text } = await call({ Action: 'CreateStack', StackName: 'x', TemplateBody: body });
    expect(status).toBe(501);
    expect(text('Message')).toContain(named);
  });

  it.each(['constructor', 'toString', '__proto__'])(
    'knows no parameter %s, whatever every object of JavaScript has',
    async (name) => {
      const StackName = `refers-to-${name.replaceAll('_', '')}`;
      await call({
        Action: 'CreateStack',
        StackName,
        TemplateBody: templateBody({ Description: { Ref: name } }),
      });
      const { text } = await call({ Action: 'DescribeStackEvents', StackName });
      expect(text('ResourceStatusReason')).toContain(`unresolved reference ${name}`);
      const giving = await call({
        Action: 'CreateStack',
        StackName: 'y',
        TemplateBody: templateBody({}),
        'Parameters.member.1.ParameterKey': name,
        'Parameters.member.1.ParameterValue': 'x',
      });
      expect([giving.status, giving.text('Message')]).toEqual([
        400,
        expect.stringContaining(`parameter ${name} does not exist in the template`),
      ]);
    },
  );

  it('answers 501 for a call that is not done, naming it', async () => {
    const { status, text } = await call({ Action: 'CreateChangeSet', StackName: 'x' });
    expect([status, text('Code')]).toEqual([501, 'NotImplemented']);
    expect(text('Message')).toContain('CloudFormation CreateChangeSet');
  });
});
