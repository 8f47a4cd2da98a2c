import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { Logger } from '../logger.ts';

let installed = false;

/**
 * The SDK's native part, once per process, before the first connection. Its logs go the way of all
 * logs, where only allowed fields pass; signals are ours to handle.
 */
export function installRuntime(logger: Logger): void {
  if (installed) return;
  installed = true;
  const sdk = new DefaultLogger('WARN', ({ level, message, meta }) => {
    // Queues with activities only are what we want; the SDK warns of each of them at every start.
    if (message.startsWith('No workflows registered')) return;
    const write = level === 'ERROR' ? logger.error : logger.warn;
    write(`temporal: ${message}`, {
      workflow_id: asText(meta?.['workflowId']),
      run_id: asText(meta?.['runId']),
      attempt: typeof meta?.['attempt'] === 'number' ? meta['attempt'] : undefined,
      component: asText(meta?.['activityType'] ?? meta?.['workflowType'] ?? meta?.['taskQueue']),
      error_class:
        meta?.['error'] instanceof Error ? meta['error'].name : causeOf(meta?.['failure']),
    });
  });
  Runtime.install({
    logger: sdk,
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    shutdownSignals: [],
  });
}

/** Why the native part fails a task, such as `NonDeterministicError`; its words may name anything. */
function causeOf(failure: unknown): string | undefined {
  return /force_cause: (\w+)/.exec(asText(failure) ?? '')?.[1];
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
