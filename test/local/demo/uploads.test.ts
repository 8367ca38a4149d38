import { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { createUpload } from '../../../local/demo/uploads.ts';

const client = new S3Client({
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' },
});
const rules = {
  bucket: 'storytime-master-uploads-test',
  uploadKeyPrefix: 'uploads/',
  uploadMaxBytes: 1000,
  uploadContentTypes: ['video/mp4'],
  uploadExpirySeconds: 600,
};

describe('the presigned POST for a master', () => {
  it('carries size range, key prefix and content type as conditions from the configuration', async () => {
    const upload = await createUpload(client, rules, { bookId: '42', contentType: 'video/mp4' });
    const policy = JSON.parse(Buffer.from(upload.fields.Policy ?? '', 'base64').toString()) as {
      conditions: unknown[];
    };

    expect(upload.key).toBe('uploads/42/master');
    expect(policy.conditions).toEqual(
      expect.arrayContaining([
        ['content-length-range', 1, 1000],
        ['starts-with', '$key', 'uploads/'],
        ['eq', '$Content-Type', 'video/mp4'],
        { key: 'uploads/42/master' },
        { bucket: rules.bucket },
      ]),
    );
  });

  it('refuses a content type that the configuration does not allow', async () => {
    const upload = createUpload(client, rules, { bookId: '42', contentType: 'text/html' });

    await expect(upload).rejects.toThrow('"contentType": expected one of video/mp4, got "text/html"');
  });
});
