import type { z } from 'zod';
import type { DeadLetterDetail, DeadLetterView } from '../../database/dead-letter-query-store.ts';
import { diagnose } from '../../domain/diagnosis.ts';
import { isoOrNull } from './common-schemas.ts';
import {
  kindName,
  type DeadLetterDetailResponse,
  type DeadLetterResponse,
} from './dead-letter-schemas.ts';

/** A dead letter as the list shows it. */
export function presentLetter(view: DeadLetterView): z.output<typeof DeadLetterResponse> {
  return {
    dead_letter_id: view.id,
    kind: kindName(view.kind),
    account_id: view.accountId,
    channel: view.channel,
    conversation_id: view.conversationId,
    subject_id: view.subjectId,
    reason: view.reason,
    last_status_code: view.lastStatusCode,
    attempts: view.attempts,
    state: view.state,
    first_attempt_at: isoOrNull(view.firstAttemptAt),
    last_attempt_at: isoOrNull(view.lastAttemptAt),
    created_at: view.createdAt.toISOString(),
    closed_at: isoOrNull(view.closedAt),
  };
}

/** A dead letter with its attempts and the diagnosis. */
export function presentDetail(view: DeadLetterDetail): z.output<typeof DeadLetterDetailResponse> {
  const found = diagnose({ ...view, lastErrorClass: view.attemptList.at(-1)?.errorClass ?? null });
  return {
    ...presentLetter(view),
    diagnosis: {
      class: found.class,
      likely_cause: found.likelyCause,
      what_to_do: found.whatToDo,
      same_cause: view.sameCause,
    },
    attempt_list: view.attemptList.map((each) => ({
      at: each.at.toISOString(),
      status_code: each.statusCode,
      error_class: each.errorClass,
      error_code: each.errorCode,
      detail: each.detail,
      duration_ms: each.durationMs,
    })),
  };
}
