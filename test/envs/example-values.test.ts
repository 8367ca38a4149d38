/** The example values: what is shipped, what the schema has, what the documents name, and what the one list knows. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EnvironmentConfig } from '../../envs/config.ts';
import { fieldPaths } from '../../envs/config-schema.ts';
import { dev as shippedDev } from '../../envs/dev.ts';
import { exampleFields, exampleValuesText, OWN_FIELDS } from '../../envs/example-values.ts';
import { local } from '../../envs/local.ts';
import { prod as shippedProd } from '../../envs/prod.ts';
import { dev, prod } from './examples.ts';

const EXAMPLE_ACCOUNTS = ['111122223333', '444455556666'];
const own = OWN_FIELDS.map(({ path }) => path);

/** What anybody may leave as it is shipped: a decision, a size, a time, or nothing that belongs to an account. */
const CHOICES = fieldPaths.filter((path) => !own.includes(path));

/** Of a company that replaced all of them. */
const theirs: EnvironmentConfig = {
  ...prod,
  allowedAccountIds: ['987654321098'],
  state: { ...prod.state, bucket: 'acme-terraform-state-prod' } as EnvironmentConfig['state'],
  deployment: { repository: 'acme/streaming', oidcProviderArn: null },
  uploadOrigins: ['https://admin.acme.com', 'http://localhost:3000'],
  domainName: 'media.acme.com',
  acmCertificateArn: 'arn:aws:acm:us-east-1:987654321098:certificate/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0',
  hostedZoneId: 'Z09876543210ACME',
  playbackOrigins: ['https://app.acme.com'],
  secretOperators: ['arn:aws:iam::987654321098:role/oncall'],
  alarmEmail: 'oncall@acme.com',
};

describe('every field that must be one’s own', () => {
  it('is a field of the schema', () => {
    expect(own.filter((path) => !fieldPaths.includes(path))).toEqual([]);
  });
});

describe('what is shipped', () => {
  it('names no GitHub repository: nobody is trusted until somebody is named', () => {
    for (const config of [shippedDev, shippedProd]) {
      if (EXAMPLE_ACCOUNTS.includes(config.allowedAccountIds[0] ?? '')) expect(config.deployment).toBe(null);
    }
  });

  // A clone that has its own account has its own values in these fields.
  const shipped = [shippedDev, shippedProd].filter(({ allowedAccountIds: [id = ''] }) =>
    EXAMPLE_ACCOUNTS.includes(id),
  );

  it.each(shipped)('is known as an example in every field that must be one’s own: $environment', (config) => {
    const filled = own.filter((path) =>
      stringsAt(config, path).some((value) => !value.includes('//localhost')),
    );
    expect(exampleFields(config)).toEqual(filled);
    for (const { path, isExample } of OWN_FIELDS) {
      const unknown = stringsAt(config, path).filter((value) => !isExample(value, config));
      expect(unknown.filter((value) => !value.includes('//localhost'))).toEqual([]);
    }
  });

  it.each(shipped)('holds nothing like an example anywhere else: $environment', (config) => {
    const elsewhere = CHOICES.flatMap((path) => stringsAt(config, path));
    expect(elsewhere.filter((value) => /\b\d{12}\b|example|@|\.\w+\.\w+$/i.test(value))).toEqual([]);
  });
});

describe('examples', () => {
  it('are all of prod’s own fields, as it was shipped with a repository', () => {
    const withRepository = {
      ...prod,
      deployment: { repository: 'storytime/video-library', oidcProviderArn: null },
    };
    expect(exampleFields(withRepository)).toEqual(own);
  });

  it('are none of an environment whose values are a company’s own', () => {
    expect(exampleFields(theirs)).toEqual([]);
    expect(exampleValuesText(theirs)).toBe(null);
  });

  it.each(OWN_FIELDS)('are found when one is left: $path', ({ path }) => {
    const source = { ...prod, deployment: { repository: 'storytime/video-library', oidcProviderArn: null } };
    const [top = ''] = path.split('.');
    const left = { ...theirs, [top]: source[top as keyof EnvironmentConfig] };
    expect(exampleFields(left)).toEqual([path]);
    expect(exampleValuesText(left)).toContain(`in ${path}: replace each with a value of your own`);
  });

  it('are found in a copy that renames the environment, as docs/adding-an-environment.md does', () => {
    const copy: EnvironmentConfig = JSON.parse(JSON.stringify(dev).replaceAll('dev', 'staging'));
    expect(exampleFields({ ...copy, deployment: null })).toEqual([
      'allowedAccountIds',
      'state.bucket',
      'uploadOrigins',
      'playbackOrigins',
    ]);
  });

  it('are found where the environment alone was renamed: the state would still go to a bucket of somebody else', () => {
    expect(exampleFields({ ...dev, environment: 'qa' })).toContain('state.bucket');
    expect(exampleFields({ ...prod, environment: 'live' })).toContain('state.bucket');
  });

  it('are the repository of the documents', () => {
    const deployment = { repository: 'acme/video-library', oidcProviderArn: null };
    expect(exampleFields({ ...theirs, deployment })).toEqual(['deployment.repository']);
  });

  it('are found in ARNs whose account alone was replaced', () => {
    const replaced: EnvironmentConfig = JSON.parse(
      JSON.stringify(prod).replaceAll('444455556666', '987654321098'),
    );
    expect(exampleFields(replaced)).toContain('acmCertificateArn');
  });

  it.each(['storytime/video-library', 'Storytime/Video-Library', 'storytime@1/video-library@2'])(
    'are the repository that was shipped, in every spelling: %s',
    (repository) => {
      expect(exampleFields({ ...theirs, deployment: { repository, oidcProviderArn: null } })).toEqual([
        'deployment.repository',
      ]);
    },
  );

  it('are every host that is reserved for examples, with any label in front of it', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
    const reserved = fc.constantFrom('example', 'example.com', 'example.net', 'example.org');
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), reserved, (labels, end) => {
        const host = [...labels, end].join('.');
        for (const values of [
          { uploadOrigins: ['https://app.acme.com', `https://${host}`] },
          { playbackOrigins: [`https://${host}:8443`] },
          { domainName: host },
          { alarmEmail: `oncall@${host}` },
        ]) {
          expect(exampleFields({ ...theirs, ...values })).toEqual(Object.keys(values));
        }
      }),
    );
  });

  it.each<[string, Partial<EnvironmentConfig>]>([
    ['a host with the word in it', { domainName: 'example.acme.com' }],
    ['a host that ends like one', { domainName: 'media.myexample.com' }],
    [
      'a repository of the same name',
      { deployment: { repository: 'acme/storytime', oidcProviderArn: null } },
    ],
    ['a page on this machine', { uploadOrigins: ['http://localhost:3000'] }],
    [
      'nothing',
      { domainName: null, acmCertificateArn: null, hostedZoneId: null, alarmEmail: null, deployment: null },
    ],
  ])('are not %s', (_what, values) => {
    expect(exampleFields({ ...theirs, ...values })).toEqual([]);
  });

  it('are nothing of local, which is applied to no account', () => {
    expect(exampleFields(local)).toEqual([]);
  });
});

describe.each([
  ['README.md', 'Plan and apply'],
  ['docs/first-deploy.md', '2. The names that must be yours'],
  ['docs/adding-an-environment.md', '1. The values'],
])('%s, %s', (file, heading) => {
  const [, text = ''] = readFileSync(file, 'utf8').split(`## ${heading}\n`);
  const [section = ''] = text.split(/^## /m);

  it.each(own)('names `%s` as one that must be one’s own', (path) => {
    expect(section).toContain(`\`${path}\``);
  });
});

function stringsAt(config: EnvironmentConfig, path: string): string[] {
  let values: unknown[] = [config];
  for (const name of path.split('.')) {
    values = values.flat().flatMap((value) => {
      if (typeof value !== 'object' || value === null) return [];
      const inner = (value as Record<string, unknown>)[name];
      return inner === undefined ? [] : [inner];
    });
  }
  return values
    .flat()
    .flatMap((value) => {
      if (typeof value === 'object' && value !== null) return Object.values(value);
      return [value];
    })
    .filter((value) => typeof value === 'string');
}
