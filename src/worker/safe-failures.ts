import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { errorClass } from '../logger.ts';

/**
 * A failed activity's message and stack are kept in Temporal's history. Drivers and clients put
 * values, headers and addresses into theirs, so only the class of an unknown error passes.
 */
export function safeFailures(): { inbound: ActivityInboundCallsInterceptor } {
  return {
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          if (error instanceof ApplicationFailure || error instanceof CancelledFailure) throw error;
          throw asFailure(error);
        }
      },
    },
  };
}

function asFailure(error: unknown): ApplicationFailure {
  const { error_class = 'Error', error_code } = errorClass(error);
  const failure = ApplicationFailure.create({
    type: error_class,
    message: error_code === undefined ? error_class : `${error_class} ${error_code}`,
  });
  failure.stack = '';
  return failure;
}
