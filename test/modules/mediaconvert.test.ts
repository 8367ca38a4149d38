import { TerraformOutput } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { hlsTemplateSettings } from '../../modules/mediaconvert/hls-jobs/src/index.ts';
import { TranscodeQueue } from '../../modules/mediaconvert/index.ts';
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
