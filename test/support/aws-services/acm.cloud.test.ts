import { CreateDistributionCommand } from '@aws-sdk/client-cloudfront';
import { beforeAll, describe, expect, it } from 'vitest';
import { distributionConfig } from '../../local/aws-api/cloudfront-fixtures.ts';
import { callJsonApi } from '../../local/aws-api/json-api.ts';
import { errorOf, useLocalCloud } from '../../local/aws-api/start.ts';
import { signedFetch } from '../signed-request.ts';
import { AWS_SERVICES } from './index.ts';

const cloud = useLocalCloud({ services: AWS_SERVICES });
const DOMAIN = 'media.storytime.example';
const acm = async (operation: string, input: object) =>
  (await callJsonApi(cloud(), 'acm', operation, input)).output;

/** Route 53 speaks XML at addresses of its own. */
async function route53(path: string, body: string): Promise<string> {
  const answer = await signedFetch(cloud().cloud.environment, {
    service: 'route53',
    path: `/2013-04-01/hostedzone${path}`,
    body,
  });
  return answer.text();
}

let zoneId: string;
beforeAll(async () => {
  const zone = `<CreateHostedZoneRequest><Name>storytime.example</Name><CallerReference>1</CallerReference></CreateHostedZoneRequest>`;
  zoneId = /<Id>\/hostedzone\/(\w+)</.exec(await route53('', zone))?.[1] ?? '';
});

async function request(): Promise<{ arn: string; record: { Name: string; Type: string; Value: string } }> {
  const { CertificateArn: arn } = await acm('RequestCertificate', {
    DomainName: DOMAIN,
    ValidationMethod: 'DNS',
  });
  const { Certificate } = await acm('DescribeCertificate', { CertificateArn: arn });
  return { arn, record: Certificate.DomainValidationOptions[0].ResourceRecord };
}
const changeRecord = (action: string, { Name, Type, Value }: Record<string, string>) =>
  route53(
    `/${zoneId}/rrset/`,
    `<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>${action}</Action><ResourceRecordSet><Name>${Name}</Name><Type>${Type}</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>${Value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`,
  );
const statusOf = async (CertificateArn: string) =>
  (await acm('DescribeCertificate', { CertificateArn })).Certificate.Status;
const deliverWith = (ACMCertificateArn: string) =>
  cloud().cloudFront.send(
    new CreateDistributionCommand({
      DistributionConfig: {
        ...distributionConfig({ aliases: [DOMAIN] }),
        ViewerCertificate: {
          ACMCertificateArn,
          SSLSupportMethod: 'sni-only',
          MinimumProtocolVersion: 'TLSv1.2_2021',
        },
      },
    }),
  );

describe('a hosted zone', () => {
  it("has an id in AWS's form", () => {
    expect(zoneId).toMatch(/^Z[A-Z0-9]{6,31}$/);
  });
});

describe('a certificate that was requested', () => {
  it('is pending, and no viewer certificate, until the record that proves its domain is in Route 53', async () => {
    const { arn, record } = await request();
    expect(await statusOf(arn)).toBe('PENDING_VALIDATION');
    expect(await errorOf(deliverWith(arn))).toBe('400 InvalidViewerCertificate');

    await changeRecord('CREATE', { ...record, Value: 'another.acm-validations.aws' });
    expect(await statusOf(arn)).toBe('PENDING_VALIDATION');
    await changeRecord('UPSERT', record);
    expect(await statusOf(arn)).toBe('ISSUED');
    expect((await deliverWith(arn)).Distribution?.Id).toMatch(/^E/);
  });

  it('stays issued when its record goes', async () => {
    const { arn, record } = await request();
    await changeRecord('UPSERT', record);
    expect(await statusOf(arn)).toBe('ISSUED');
    await changeRecord('DELETE', record);
    expect(await statusOf(arn)).toBe('ISSUED');
  });
});
