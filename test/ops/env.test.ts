import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { dev } from '../../envs/dev.ts';
import { prod } from '../../envs/prod.ts';
import { backendEnvironment } from '../../ops/env/backend-environment.ts';
import { dotenv } from '../../ops/env/dotenv.ts';
import { UsageError } from '../../ops/terraform/targets.ts';
import { OUTPUTS, VARIABLES } from './backend-outputs.ts';

describe('a backend’s environment', () => {
  it('has the region and what the outputs say, and nothing else', () => {
    expect(backendEnvironment(dev, OUTPUTS)).toEqual(VARIABLES);
  });

  it('has every name that README promises, in README’s order', () => {
    const [, section = ''] = readFileSync('README.md', 'utf8').split(
      "## From outputs to a backend's environment",
    );
    const table = section.split('\n## ')[0] ?? '';
    const promised = [...table.matchAll(/^\| `([a-z_]+)`[^|]*\| `([A-Z_]+)` \|/gm)];

    expect(promised.length).toBe(16);
    const outputs = Object.fromEntries(promised.map(([, output = '']) => [output, output]));
    expect(Object.entries(backendEnvironment({ ...dev, awsRegion: 'here' }, outputs))).toEqual([
      ['AWS_REGION', 'here'],
      ['LONGEST_MASTER_SECONDS', '14400'],
      ['MASTER_UPLOADS_PREFIX', 'uploads/'],
      ['MASTER_UPLOADS_MAX_BYTES', '5368709120'],
      ['MASTER_UPLOADS_CONTENT_TYPES', 'video/mp4,video/quicktime,video/x-matroska'],
      ['MASTER_UPLOADS_EXPIRY_SECONDS', '3600'],
      ['HLS_PATH_PREFIX', 'books'],
      ...promised.map(([, output, variable]) => [variable, output]),
    ]);
  });

  it('has the address of content keys and the days of the access log with playback, and only then', () => {
    const playback = { keyUrl: 'https://api.storytime.example/api/video-keys', accessLogDays: 90 };
    const named = (config: typeof dev) =>
      Object.entries(backendEnvironment(config, OUTPUTS)).filter(([name]) => name.startsWith('PLAYBACK'));
    expect(named({ ...dev, playback })).toEqual([
      ['PLAYBACK_KEY_URL', playback.keyUrl],
      ['PLAYBACK_ACCESS_LOG_DAYS', '90'],
    ]);
    expect(named({ ...dev, playback: null })).toEqual([]);
  });

  it('names your own domain if there is one', () => {
    expect(backendEnvironment(prod, OUTPUTS).CLOUDFRONT_DOMAIN).toBe('media.storytime.example');
  });

  it('has the other domains with a comma between them, and dotenv takes them', () => {
    const otherDomainNames = ['video.storytime.example', 'media.fables.example'];
    const variables = backendEnvironment({ ...prod, otherDomainNames }, OUTPUTS);
    expect(variables.CLOUDFRONT_OTHER_DOMAINS).toBe('video.storytime.example,media.fables.example');
    expect(dotenv(variables)).toContain('CLOUDFRONT_OTHER_DOMAINS=');
    expect(backendEnvironment(prod, OUTPUTS)).not.toHaveProperty('CLOUDFRONT_OTHER_DOMAINS');
  });

  it('is refused half, with every output that is missing', () => {
    const { cloudfront_distribution_id: _, ...outputs } = OUTPUTS;
    const half = { ...outputs, mediaconvert_queue_arn: '', mediaconvert_role_arn: null };

    expect(() => backendEnvironment(dev, half)).toThrow(
      new UsageError(
        '"dev" has not been applied to its end, it has no output cloudfront_distribution_id, mediaconvert_role_arn, ' +
          'mediaconvert_queue_arn: npm run apply -- dev',
      ),
    );
  });
});
