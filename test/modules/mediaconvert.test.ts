import { Lazy, TerraformOutput, Token } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { hlsTemplateSettings } from '../../modules/mediaconvert/hls-jobs/src/index.ts';
import { TranscodeQueue, type TranscodeQueueProps } from '../../modules/mediaconvert/index.ts';
import { only, synthesizedModule } from './synth.ts';

const ladder = [{ shortSidePixels: 360, maxBitrateBps: 365_000 }];

describe('TranscodeQueue', () => {
  const json = synthesizedModule((scope) => {
    const transcode = new TranscodeQueue(scope, 'transcode', {
      name: 'storytime-test',
      ladder,
      segmentSeconds: 6,
    });
    new TerraformOutput(scope, 'template_arn', { value: transcode.jobTemplateArn });
    new TerraformOutput(scope, 'jobs_arn', { value: transcode.jobsArn });
  }) as ReturnType<typeof synthesizedModule> & { output: Record<string, { value: string }> };

  it('is an on-demand queue', () => {
    expect(only(json, 'aws_media_convert_queue')).toMatchObject({
      name: 'storytime-test',
      pricing_plan: 'ON_DEMAND',
    });
  });

  it('carries the builder’s settings in a job template on that queue', () => {
    const stack = only(json, 'aws_cloudformation_stack');
    const { Resources, Outputs } = JSON.parse(String(stack.template_body));
    expect(stack.parameters).toEqual({ QueueArn: `\${aws_media_convert_queue.transcode.arn}` });
    expect(Resources.JobTemplate).toEqual({
      Type: 'AWS::MediaConvert::JobTemplate',
      Properties: {
        Name: 'storytime-test-hls',
        Description: expect.any(String),
        Queue: { Ref: 'QueueArn' },
        SettingsJson: hlsTemplateSettings({ ladder, segmentSeconds: 6 }),
      },
    });
    expect(Object.keys(Outputs)).toEqual(['JobTemplateName']);
  });

  it('keeps the body free of references, so that a plan shows a change of the ladder', () => {
    expect(only(json, 'aws_cloudformation_stack').template_body).not.toContain('${');
  });

  it('names templates and jobs of the queue’s own account and region', () => {
    const sibling = (path: string) =>
      `\${replace(aws_media_convert_queue.transcode.arn, "/:queues/.*$/", "${path}")}`;
    expect(json.output.template_arn?.value).toBe(sibling(':jobTemplates/storytime-test-hls'));
    expect(json.output.jobs_arn?.value).toBe(sibling(':jobs/*'));
  });
});

describe('TranscodeQueue with priority and a queue to hop to', () => {
  const synthesized = (props: Partial<TranscodeQueueProps>) =>
    synthesizedModule((scope) => {
      new TranscodeQueue(scope, 'transcode', { name: 'storytime-test', ladder, segmentSeconds: 6, ...props });
    });

  it('puts them into the template, the other queue as a parameter', () => {
    const hop = { queueArn: `\${var.overflow_queue_arn}`, afterMinutes: 15 };
    const stack = only(synthesized({ priority: -5, hop }), 'aws_cloudformation_stack');
    expect(stack.parameters).toEqual({
      QueueArn: `\${aws_media_convert_queue.transcode.arn}`,
      HopQueueArn: `\${var.overflow_queue_arn}`,
    });
    const { Parameters, Resources } = JSON.parse(String(stack.template_body));
    expect(Object.keys(Parameters)).toEqual(['QueueArn', 'HopQueueArn']);
    expect(Resources.JobTemplate.Properties).toMatchObject({
      Priority: -5,
      HopDestinations: [{ Queue: { Ref: 'HopQueueArn' }, WaitMinutes: 15 }],
    });
    expect(stack.template_body).not.toContain('${');
  });

  it.each<[Partial<TranscodeQueueProps>, string]>([
    [{ priority: 51 }, '"priority": expected a whole number of ranks from -50 to 50, got 51'],
    [{ priority: 0.5 }, '"priority": expected a whole number of ranks from -50 to 50, got 0.5'],
    [
      { hop: { queueArn: 'arn', afterMinutes: 4321 } },
      '"hop.afterMinutes": expected a whole number of minutes from 1 to 4320, got 4321',
    ],
  ])('refuses %j', (props, message) => {
    expect(() => synthesized(props)).toThrow(expect.objectContaining({ name: 'OptionError', message }));
  });

  it('leaves alone what is known only at apply', () => {
    const afterMinutes = Token.asNumber(Lazy.anyValue({ produce: () => `\${var.minutes}` }));
    expect(() => synthesized({ hop: { queueArn: 'arn', afterMinutes } })).not.toThrow();
  });
});
