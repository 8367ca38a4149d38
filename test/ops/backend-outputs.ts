/** What an applied dev gives, and what a backend is told of it. */
export const OUTPUTS = {
  app_policy_arn: 'arn:aws:iam::111122223333:policy/storytime-dev-app',
  cloudfront_distribution_id: 'E2EXAMPLE',
  cloudfront_domain_name: 'd111111abcdef8.cloudfront.net',
  cloudfront_key_group_id: '5b7e0c1d-0000-4000-8000-000000000000',
  cloudfront_private_key_secret_arn:
    'arn:aws:secretsmanager:eu-central-1:111122223333:secret:storytime/dev/cloudfront_private_key-AbCdEf',
  cloudfront_private_key_secret_name: 'storytime/dev/cloudfront_private_key',
  cloudfront_public_key_id: 'K2EXAMPLE',
  cloudfront_public_key_ids: { '2026-11-a': 'K2EXAMPLE' },
  hls_outputs_bucket_name: 'storytime-hls-outputs-dev',
  master_uploads_bucket_name: 'storytime-master-uploads-dev',
  mediaconvert_job_template_name: 'storytime-dev',
  mediaconvert_queue_arn: 'arn:aws:mediaconvert:eu-central-1:111122223333:queues/storytime-dev',
  mediaconvert_role_arn: 'arn:aws:iam::111122223333:role/storytime-dev-mediaconvert',
};

export const VARIABLES = {
  AWS_REGION: 'eu-central-1',
  LONGEST_MASTER_SECONDS: '14400',
  MASTER_UPLOADS_PREFIX: 'uploads/',
  MASTER_UPLOADS_MAX_BYTES: '5368709120',
  MASTER_UPLOADS_CONTENT_TYPES: 'video/mp4,video/quicktime,video/x-matroska',
  MASTER_UPLOADS_EXPIRY_SECONDS: '3600',
  HLS_PATH_PREFIX: 'books',
  MASTER_UPLOADS_BUCKET: 'storytime-master-uploads-dev',
  HLS_OUTPUTS_BUCKET: 'storytime-hls-outputs-dev',
  CLOUDFRONT_DOMAIN: 'd111111abcdef8.cloudfront.net',
  CLOUDFRONT_DISTRIBUTION_ID: 'E2EXAMPLE',
  CLOUDFRONT_KEY_GROUP_ID: '5b7e0c1d-0000-4000-8000-000000000000',
  CLOUDFRONT_KEY_PAIR_ID: 'K2EXAMPLE',
  CLOUDFRONT_PRIVATE_KEY_SECRET: 'storytime/dev/cloudfront_private_key',
  MEDIACONVERT_ROLE_ARN: 'arn:aws:iam::111122223333:role/storytime-dev-mediaconvert',
  MEDIACONVERT_QUEUE_ARN: 'arn:aws:mediaconvert:eu-central-1:111122223333:queues/storytime-dev',
  MEDIACONVERT_JOB_TEMPLATE: 'storytime-dev',
};
