/** MediaConvert's own errors. */
import { AwsError } from '../aws-error.ts';

export function badRequest(message: string): AwsError {
  return new AwsError(400, 'BadRequestException', message);
}

export function notFound(message: string): AwsError {
  return new AwsError(404, 'NotFoundException', message);
}

export function conflict(message: string): AwsError {
  return new AwsError(409, 'ConflictException', message);
}
