import type { z } from 'zod';
import type { MessageStatusView } from '../../database/message-store.ts';
import { isoOrNull } from './common-schemas.ts';
import type { MessageStatusResponse } from './message-schemas.ts';

/** What has become of a message, as every answer shows it. */
export function presentStatus(view: MessageStatusView): z.input<typeof MessageStatusResponse> {
  return {
    message_id: view.messageId,
    account_id: view.accountId,
    conversation_id: view.conversationId,
    channel: view.channel,
    status: view.status,
    retry_count: view.retryCount,
    possible_duplicate: view.possibleDuplicate,
    platform_message_id: view.platformMessageId,
    instagram_message_id: view.channel === 'instagram' ? view.platformMessageId : null,
    position: view.position,
    created_at: view.createdAt.toISOString(),
    next_attempt_at: isoOrNull(view.nextAttemptAt),
    wait_reason: view.waitReason,
    error: view.error,
    transitions: view.transitions.map((each) => ({
      status: each.status,
      at: each.at.toISOString(),
      source: each.source,
      attempt: each.attempt,
      error_class: each.errorClass,
      error_code: each.errorCode,
    })),
    errors: view.errors.map((each) => ({ ...each, at: each.at.toISOString() })),
    parts: view.parts.map((each) => ({
      part: each.part,
      status: each.status,
      platform_message_id: each.platformMessageId,
    })),
  };
}
