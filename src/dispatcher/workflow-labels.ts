import { TypedSearchAttributes } from '@temporalio/common';
import type { OutboxCall } from '../database/outbox-store.ts';
import type { OutboxDetails } from '../database/outbox.ts';
import { searchAttributes } from '../workflows/contract.ts';

/** What an operator sees and filters by; the fairness key keeps accounts from standing in each other's way. */
export function labels(call: OutboxCall) {
  return {
    memo: { trace_id: call.traceId ?? '', account_id: call.accountId },
    priority: { fairnessKey: call.accountId.slice(0, 64) },
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.account, value: call.accountId },
      ...(call.channel ? [{ key: searchAttributes.channel, value: call.channel }] : []),
      ...detailAttributes(call.details),
    ]),
  };
}

function detailAttributes(details: OutboxDetails) {
  const { kind, reason, first_attempt_at, last_attempt_at, last_status_code } = details;
  return [
    ...(kind ? [{ key: searchAttributes.kind, value: String(kind) }] : []),
    ...(reason ? [{ key: searchAttributes.reason, value: String(reason) }] : []),
    ...(first_attempt_at
      ? [{ key: searchAttributes.firstAttempt, value: new Date(first_attempt_at) }]
      : []),
    ...(last_attempt_at
      ? [{ key: searchAttributes.lastAttempt, value: new Date(last_attempt_at) }]
      : []),
    ...(last_status_code
      ? [{ key: searchAttributes.lastStatusCode, value: Number(last_status_code) }]
      : []),
  ];
}
