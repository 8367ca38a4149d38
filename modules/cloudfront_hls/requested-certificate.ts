/** A certificate that ACM issues once DNS has proved that its names are ours. */
import { AcmCertificate } from '@cdktf/provider-aws/lib/acm-certificate/index.js';
import { AcmCertificateValidation } from '@cdktf/provider-aws/lib/acm-certificate-validation/index.js';
import { Route53Record } from '@cdktf/provider-aws/lib/route53-record/index.js';
import { type TerraformProvider, Token } from 'cdktf';
import { Construct } from 'constructs';
import { idFor, keepFirst, type Names } from './by-name.ts';

export interface RequestedCertificateProps {
  /** The host name that the certificate is for. */
  readonly domainName: string;
  /** The public Route 53 zone of that name. */
  readonly hostedZoneId: string;
  /**
   * Further host names, written out, each with its public Route 53 zone. ACM's default quota is 10 names in all.
   * @default - none
   */
  readonly others?: readonly { readonly name: string; readonly hostedZoneId: string }[];
  /** The AWS provider of us-east-1, where CloudFront reads its certificates. */
  readonly usEast1: TerraformProvider;
}

const RECORD_TTL_SECONDS = 300;
/**
 * ACM issues within minutes once the record is public. If it takes longer, waiting does not help (the zone is not
 * delegated, or a CAA record forbids Amazon), and the provider would wait for 75 minutes.
 *
 * @see https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-DNS-validation.html
 */
const ISSUED_WITHIN = '15m';

/**
 * An ACM certificate. Each of its names is validated by a CNAME that stays, so that ACM can renew the certificate.
 *
 * The record is the same for every certificate of a name within an account; a second certificate reuses it (`allow_overwrite`).
 * Changed names need a new certificate, which is issued before the one in use is deleted. The order of the names does
 * not matter.
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
    { domainName, hostedZoneId, others = [], usEast1 }: RequestedCertificateProps,
  ) {
    super(scope, id);
    const names: Names = [domainName, ...others.map(({ name }) => name)];
    const sorted = [...names].sort(byLength);
    const [commonName = domainName] = sorted;
    this.resource = new AcmCertificate(this, 'certificate', {
      provider: usEast1,
      domainName: commonName,
      // The whole list, even if it has one name: without a list the provider keeps the names that the certificate has.
      subjectAlternativeNames: sorted,
      validationMethod: 'DNS',
      // ACM deletes no certificate that a distribution uses.
      lifecycle: { createBeforeDestroy: true },
    });
    const records = [{ name: domainName, hostedZoneId }, ...others].map((domain) =>
      this.#record(domain, names),
    );
    this.#validation = new AcmCertificateValidation(this, 'validation', {
      provider: usEast1,
      certificateArn: this.resource.arn,
      validationRecordFqdns: records.map(({ fqdn }) => fqdn),
      timeouts: { create: ISSUED_WITHIN },
    });
  }

  /** ARN of the certificate, known once it is issued. */
  get arn(): string {
    return this.#validation.certificateArn;
  }

  #record(
    { name, hostedZoneId }: { readonly name: string; readonly hostedZoneId: string },
    names: Names,
  ): Route53Record {
    const wanted = this.#wanted(name);
    const record = new Route53Record(this, idFor('record', name, names), {
      zoneId: hostedZoneId,
      name: wanted('name'),
      type: wanted('type'),
      records: [wanted('value')],
      ttl: RECORD_TTL_SECONDS,
      allowOverwrite: true,
    });
    keepFirst(record, 'record', names);
    return record;
  }

  /** The record that ACM expects for a name, from a set with one element per name that is known only at apply. */
  #wanted(name: string): (attribute: string) => string {
    const { terraformResourceType: type, friendlyUniqueId: address } = this.resource;
    const options = `${type}.${address}.domain_validation_options`;
    // A reference becomes an expression here, and a literal text is quoted.
    const wanted = Token.isUnresolved(name) ? name : JSON.stringify(name);
    return (attribute) =>
      `\${one([for option in ${options} : option.resource_record_${attribute} if option.domain_name == ${wanted}])}`;
  }
}

/** The shortest name first, because ACM allows at most 64 characters there. The result does not depend on the given order. */
function byLength(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}
