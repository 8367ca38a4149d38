/**
 * Services of AWS that the suites need and `npm start` does not: what an apply of `dev`, of `prod` or of the largest
 * environment asks besides.
 */
import type { AddedService } from '../../../local/aws-api/added-service.ts';
import type { MotoClient } from '../../../local/aws-api/moto-client.ts';
import { AcmLayer } from './acm.ts';
import { BudgetsService } from './budgets.ts';
import { refusedCallEvent } from './events/cloudtrail.ts';
import { type BusEvent, EventBus } from './events/event-bus.ts';
import { jobEvent } from './events/job-event.ts';
import { EventsLayer } from './events/service.ts';
import { LambdaLayer } from './lambda/service.ts';
import { LogsLayer } from './logs.ts';
import { SqsLayer } from './sqs/service.ts';

const acm: AddedService = {
  name: 'acm',
  create: ({ moto }) => {
    const layer = new AcmLayer({ moto });
    return {
      handle: (request) => layer.handle(request),
      requireCertificate: (arn) => layer.requireIssued(arn),
    };
  },
};

const budgets: AddedService = {
  name: 'budgets',
  create: ({ accountId }) => {
    const service = new BudgetsService({ accountId });
    return { handle: (request) => service.handle(request) };
  },
};

const events: AddedService = {
  name: 'events',
  create: ({ moto, kms, accountId, log }) => {
    const lambda = lambdaOf({ moto, accountId });
    const bus = new EventBus({ moto, kms, lambda, accountId, log });
    const layer = new EventsLayer({ moto, bus });
    const emit = (event: BusEvent, at: string) => {
      bus.emit(at, event).catch((error: unknown) => {
        log(`events: ${event.detailType} from ${event.source} was not told: ${String(error)}`);
      });
    };
    return {
      handle: (request) => layer.handle(request),
      onJobStatus: (job, at) => emit(jobEvent(job, accountId, new Date()), at),
      onRefusedCall: (call) => emit(refusedCallEvent(call, accountId, new Date()), call.region),
    };
  },
};

/** EventBridge calls the functions that clients made: one layer for each API. */
const lambdas = new WeakMap<MotoClient, LambdaLayer>();
function lambdaOf(parts: { readonly moto: MotoClient; readonly accountId: string }): LambdaLayer {
  const layer = lambdas.get(parts.moto) ?? new LambdaLayer(parts);
  lambdas.set(parts.moto, layer);
  return layer;
}

const lambda: AddedService = {
  name: 'lambda',
  create: (parts) => {
    const layer = lambdaOf(parts);
    return { handle: (request) => layer.handle(request) };
  },
};

const logs: AddedService = {
  name: 'logs',
  create: ({ moto, s3 }) => {
    const layer = new LogsLayer({ moto, s3 });
    return { handle: (request) => layer.handle(request) };
  },
};

const sqs: AddedService = {
  name: 'sqs',
  create: ({ moto }) => {
    const layer = new SqsLayer({ moto });
    return { handle: (request) => layer.handle(request) };
  },
};

export const AWS_SERVICES: readonly AddedService[] = [acm, budgets, events, lambda, logs, sqs];
