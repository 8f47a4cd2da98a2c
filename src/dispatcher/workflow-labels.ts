import { TypedSearchAttributes } from '@temporalio/common';
import type { OutboxCall } from '../database/outbox-store.ts';
import type { OutboxDetails, OutboxKind } from '../database/outbox.ts';
import { searchAttributes } from '../workflows/contract.ts';

/** Of 1 to 5, 3 being usual: what a person has put back stands behind what happens now. */
const BEHIND_MESSAGES = 4;
const OF_DEAD_LETTERS = new Set<OutboxKind>([
  'dead_letter',
  'replay_dead_letter',
  'discard_dead_letter',
  'bulk_replay',
]);

/**
 * What an operator sees and filters by; the fairness key keeps accounts from standing in each other's
 * way, the priority key dead letters from standing in the way of messages.
 */
export function labels(call: OutboxCall) {
  return {
    memo: {
      trace_id: call.traceId ?? '',
      account_id: call.accountId,
      ...subjectOf(call.details),
    },
    priority: {
      fairnessKey: call.accountId.slice(0, 64),
      ...(OF_DEAD_LETTERS.has(call.kind) ? { priorityKey: BEHIND_MESSAGES } : {}),
    },
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.account, value: call.accountId },
      ...(call.channel ? [{ key: searchAttributes.channel, value: call.channel }] : []),
      ...detailAttributes(call.details),
    ]),
  };
}

/** What a dead letter is about: a message, an event or a mirror row, and its conversation. */
function subjectOf({ kind, subject_id, conversation_id }: OutboxDetails) {
  return {
    ...(kind && subject_id ? { [SUBJECTS[kind] ?? 'subject_id']: String(subject_id) } : {}),
    ...(conversation_id ? { conversation_id: String(conversation_id) } : {}),
  };
}

const SUBJECTS: Record<string, string> = {
  message: 'message_id',
  webhook: 'webhook_id',
  mirror: 'mirror_row',
};

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
