import { setTimeout as pause } from 'node:timers/promises';
import type { SendStore } from '../database/send-store.ts';
import type { RecordResult } from '../database/sending/send-verdict.ts';
import { errorClass, type Logger } from '../logger.ts';

/** PostgreSQL may also say nothing at all, for longer than a lease. */
const RECORD_TIMEOUT_MS = 3_000;
/** The call is over this long before the lease is, so that its outcome can still be recorded. */
export const RECORD_MARGIN_MS = 1_000;

/** The lease is what keeps a second worker from calling: once it is over, nothing is written here. */
export async function recordInTime(
  { sends, logger }: { sends: Pick<SendStore, 'record'>; logger: Logger },
  outcome: Parameters<SendStore['record']>[0],
  leaseEnd: number,
): Promise<RecordResult | null> {
  for (let waitMs = 100; ; waitMs *= 2) {
    try {
      const left = Math.max(RECORD_MARGIN_MS, leaseEnd - performance.now());
      return await within(sends.record(outcome), Math.min(RECORD_TIMEOUT_MS, left));
    } catch (error) {
      logger.warn('an outcome could not be recorded', errorClass(error));
      if (performance.now() + waitMs >= leaseEnd) return null;
      await pause(waitMs);
    }
  }
}

/** Throws when the work takes longer; what it does later harms nobody, for it may be repeated. */
async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController();
  const timeout = pause(ms, undefined, { signal: over.signal }).then(() => {
    throw new DOMException('the database did not answer in time', 'TimeoutError');
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    over.abort();
  }
}
