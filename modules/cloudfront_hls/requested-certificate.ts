/** A certificate that ACM issues by itself, once DNS has shown that the name is ours. */
import { AcmCertificate } from '@cdktf/provider-aws/lib/acm-certificate/index.js';
import { AcmCertificateValidation } from '@cdktf/provider-aws/lib/acm-certificate-validation/index.js';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record/index.js';
import { Fn, propertyAccess, type TerraformProvider, Token } from 'cdktf';
import { Construct } from 'constructs';

export interface RequestedCertificateProps {
  /** The one host name that the certificate is for. */
  readonly domainName: string;
  /** The public Route 53 zone of that name. */
  readonly hostedZoneId: string;
  /** The AWS provider of us-east-1, where CloudFront reads its certificates. */
  readonly usEast1: TerraformProvider;
}

const RECORD_TTL_SECONDS = 300;
/**
 * ACM issues within minutes once the record is public. What takes longer does not come by waiting (the zone is not
 * delegated, a CAA record forbids Amazon), and the provider would wait for 75 minutes.
 *
 * @see https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-DNS-validation.html
 */
const ISSUED_WITHIN = '15m';

/**
 * An ACM certificate for one name, validated by a CNAME that stays, so that ACM renews it by itself.
 *
 * The record is the same for every certificate of a name within an account; a second one takes it over (`allow_overwrite`).
 *
 * @see https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
 */
export class RequestedCertificate extends Construct {
  /** The certificate as Terraform's resource, for a setting that no input has. */
  readonly resource: AcmCertificate;
  readonly #validation: AcmCertificateValidation;

  constructor(
    scope: Construct,
    id: string,
    { domainName, hostedZoneId, usEast1 }: RequestedCertificateProps,
  ) {
    super(scope, id);
    this.resource = new AcmCertificate(this, 'certificate', {
      provider: usEast1,
      domainName,
      validationMethod: 'DNS',
      // ACM deletes no certificate that a distribution uses.
      lifecycle: { createBeforeDestroy: true },
    });
    // A set that only an apply knows: one name, so one element, and one address without an index.
    const options = Fn.one(Token.asAny(this.resource.domainValidationOptions) as unknown as string[]);
    const wanted = (attribute: string) =>
      Token.asString(propertyAccess(options, [`resource_record_${attribute}`]));
    const record = new Route53Record(this, 'record', {
      zoneId: hostedZoneId,
      name: wanted('name'),
      type: wanted('type'),
      records: [wanted('value')],
      ttl: RECORD_TTL_SECONDS,
      allowOverwrite: true,
    });
    this.#validation = new AcmCertificateValidation(this, 'validation', {
      provider: usEast1,
      certificateArn: this.resource.arn,
      validationRecordFqdns: [record.fqdn],
      timeouts: { create: ISSUED_WITHIN },
    });
  }

  /** ARN of the certificate, known once it is issued. */
  get arn(): string {
    return this.#validation.certificateArn;
  }
}
