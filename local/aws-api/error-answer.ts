/** Gives an error the form of the service's protocol. */
import { randomUUID } from 'node:crypto';
import type { ApiAnswer } from './api-request.ts';
import type { AwsError } from './aws-error.ts';
import { element } from './xml.ts';

/** The answer a client of `service` (its signing name) reads as `error`; a request's content type tells its protocol. */
export function errorAnswer(service: string, error: AwsError, contentType = ''): ApiAnswer {
  const requestId = randomUUID();
  if (service === 's3') return xmlAnswer(error, s3Error(error, requestId), requestId);
  if (service === 'cloudfront') {
    return xmlAnswer(
      error,
      queryError(error, 'http://cloudfront.amazonaws.com/doc/2020-05-31/', requestId),
      requestId,
    );
  }
  // The query protocol's requests are forms.
  if (service === 'cloudformation' || contentType.startsWith('application/x-www-form-urlencoded')) {
    const namespace = `http://${service}.amazonaws.com/doc/2010-05-15/`;
    return xmlAnswer(error, queryError(error, namespace, requestId), requestId);
  }
  return {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'x-amzn-errortype': error.code,
      'x-amzn-requestid': requestId,
    },
    body: JSON.stringify({ __type: error.code, message: error.message }),
  };
}

function xmlAnswer(error: AwsError, xml: string, requestId: string): ApiAnswer {
  return {
    status: error.status,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`,
  };
}

function s3Error(error: AwsError, requestId: string): string {
  const details = Object.entries(error.details).map(([name, value]) => element(name, value));
  return `<Error>${codeAndMessage(error)}${details.join('')}${element('RequestId', requestId)}${element('HostId', 'local')}</Error>`;
}

function queryError(error: AwsError, namespace: string, requestId: string): string {
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  return `<ErrorResponse xmlns="${namespace}"><Error>${element('Type', type)}${codeAndMessage(error)}</Error>${element('RequestId', requestId)}</ErrorResponse>`;
}

function codeAndMessage(error: AwsError): string {
  return element('Code', error.code) + element('Message', error.message);
}
