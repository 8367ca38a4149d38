/**
 * The layer in front of moto's ACM: a certificate that was requested is issued once the records that prove its domains
 * are in Route 53, and stays so; moto issues it without a look.
 */
import { regionIn } from '../../../aws/values/arns.ts';
import type { ApiAnswer, ApiRequest } from '../../../local/aws-api/api-request.ts';
import { AwsError } from '../../../local/aws-api/aws-error.ts';
import {
  type JsonObject,
  jsonAnswer,
  jsonCallOf,
  objectAt,
  objectsAt,
  outputOf,
  textAt,
} from '../../../local/aws-api/json-call.ts';
import type { MotoClient } from '../../../local/aws-api/moto-client.ts';
import { childrenOf, parseXml, textOf, textsOf } from '../../../local/aws-api/xml.ts';

const PENDING = 'PENDING_VALIDATION';
const ROUTE_53 = '/2013-04-01/hostedzone';

export class AcmLayer {
  /** ARNs of certificates that have been proved. */
  readonly #issued = new Set<string>();
  readonly #moto: MotoClient;

  constructor(options: { moto: MotoClient }) {
    this.#moto = options.moto;
  }

  /** Answers one call; whatever is not about a certificate's status is moto's. */
  async handle(request: ApiRequest): Promise<ApiAnswer> {
    const call = jsonCallOf(request);
    const { operation, input } = call;
    const answer = await this.#moto.passJson(call);
    if (operation === 'DeleteCertificate') this.#issued.delete(textAt(input, 'CertificateArn'));
    if (operation !== 'DescribeCertificate' || answer.status !== 200) return answer;
    const certificate = objectAt(outputOf(answer), 'Certificate');
    return (await this.#isPending(certificate)) ? jsonAnswer({ Certificate: pending(certificate) }) : answer;
  }

  /** @throws AwsError CloudFront's InvalidViewerCertificate for one that is requested here and not proved yet */
  async requireIssued(CertificateArn: string): Promise<void> {
    const region = regionIn(CertificateArn);
    const target = 'CertificateManager.DescribeCertificate';
    const { status, output } = await this.#moto.callJson({ service: 'acm', region }, target, {
      CertificateArn,
    });
    // One that is not known here may be given: nothing is ever served with it.
    if (status !== 200 || !(await this.#isPending(objectAt(output, 'Certificate')))) return;
    const message = `the certificate ${CertificateArn} is not issued: its domains are not proved in DNS`;
    throw new AwsError(400, 'InvalidViewerCertificate', message);
  }

  async #isPending(certificate: JsonObject): Promise<boolean> {
    const arn = textAt(certificate, 'CertificateArn');
    if (textAt(certificate, 'Type') !== 'AMAZON_ISSUED' || this.#issued.has(arn)) return false;
    for (const option of objectsAt(certificate, 'DomainValidationOptions')) {
      if (!(await this.#isInRoute53(objectAt(option, 'ResourceRecord')))) return true;
    }
    this.#issued.add(arn);
    return false;
  }

  async #isInRoute53(record: JsonObject): Promise<boolean> {
    const zones = await this.#route53(ROUTE_53);
    const ids = textsOf(zones.ListHostedZonesResponse, 'HostedZones', 'HostedZone', 'Id');
    for (const id of ids) {
      const found = await this.#route53(`${ROUTE_53}/${id.split('/').at(-1)}/rrset`);
      const sets = childrenOf(
        found.ListResourceRecordSetsResponse,
        'ResourceRecordSets',
        'ResourceRecordSet',
      );
      const holdsRecord = sets.some(
        (set) =>
          textOf(set, 'Type') === textAt(record, 'Type') &&
          isSameName(textOf(set, 'Name'), textAt(record, 'Name')) &&
          textsOf(set, 'ResourceRecords', 'ResourceRecord', 'Value').some((value) =>
            isSameName(value, textAt(record, 'Value')),
          ),
      );
      if (holdsRecord) return true;
    }
    return false;
  }

  async #route53(target: string) {
    const headers = { authorization: this.#moto.authorization('route53') };
    const { body } = await this.#moto.call({ method: 'GET', target, headers });
    return parseXml(body);
  }
}

function pending(certificate: JsonObject): JsonObject {
  const { IssuedAt: _, ...rest } = certificate;
  const options = objectsAt(certificate, 'DomainValidationOptions');
  return {
    ...rest,
    Status: PENDING,
    DomainValidationOptions: options.map((option) => ({ ...option, ValidationStatus: PENDING })),
  };
}

/** Names may end in the root's dot. */
function isSameName(a: string, b: string): boolean {
  return a.replace(/\.$/, '').toLowerCase() === b.replace(/\.$/, '').toLowerCase();
}
